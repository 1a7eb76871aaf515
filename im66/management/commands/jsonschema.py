"""`manage.py jsonschema`: what a client may send in the JSON dialect, for tools."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from chat.protocol.json_commands import schema


class Command(BaseCommand):
    help = "Print the JSON Schema of the commands of im66.json.v1, as docs/json.schema.json has it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(schema(), indent=2))
