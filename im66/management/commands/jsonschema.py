"""`manage.py jsonschema`: the frames of the JSON dialect, for tools."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from chat.protocol.json_schema import schema


class Command(BaseCommand):
    help = "Print the JSON Schema of the frames of im66.json.v1, as docs/json.schema.json has it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(schema(), indent=2))
