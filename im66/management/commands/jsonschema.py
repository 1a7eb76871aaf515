"""`manage.py jsonschema`: prints the JSON Schema of the JSON dialect's frames, webhooks, checker requests and
API responses."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from accounts.api.document import definitions
from chat.protocol.json_commands import schema
from notifications.payloads import schemas

# The components of the API that docs/json.schema.json contains.
API_COMPONENTS = ("Conversation", "Group", "Member", "Profile", "Stored", "StoredDocument")


class Command(BaseCommand):
    help = (
        "Print the JSON Schema of im66.json.v1, webhooks, checkers and API, as docs/json.schema.json has it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        frames = schema()
        parts = {**frames["$defs"], **schemas()}
        document = {**frames, "$defs": {**parts, **definitions(API_COMPONENTS, parts)}}
        self.stdout.write(json.dumps(document, indent=2))
