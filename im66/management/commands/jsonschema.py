"""`manage.py jsonschema`: the frames of the JSON dialect, webhooks, questions to checkers, and what the API
answers, for tools."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from accounts.api.document import definitions
from chat.protocol.json_schema import schema
from notifications.payloads import schemas

# What the page reads.
OF_API = ("Conversation", "Group", "Member", "Profile", "Stored", "StoredDocument")


class Command(BaseCommand):
    help = (
        "Print the JSON Schema of im66.json.v1, webhooks, checkers and API, as docs/json.schema.json has it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        frames = schema()
        parts = {**frames["$defs"], **schemas()}
        document = {**frames, "$defs": {**parts, **definitions(OF_API, parts)}}
        self.stdout.write(json.dumps(document, indent=2))
