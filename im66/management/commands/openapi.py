"""`manage.py openapi`: prints the OpenAPI document, which a server has at /api/v1/schema."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from accounts.api.document import document


class Command(BaseCommand):
    help = "Print the OpenAPI document of the API."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(document()))
