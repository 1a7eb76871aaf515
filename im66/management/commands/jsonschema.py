"""`manage.py jsonschema`: the frames of the JSON dialect, webhooks, and questions to checkers, for tools."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from chat.protocol.json_schema import schema
from notifications.payloads import schemas


class Command(BaseCommand):
    help = "Print the JSON Schema of im66.json.v1, webhooks and checkers, as docs/json.schema.json has it."

    def handle(self, *args: Any, **options: Any) -> None:
        frames = schema()
        told = {**frames, "$defs": {**frames["$defs"], **schemas()}}
        self.stdout.write(json.dumps(told, indent=2))
