"""What the API says of messages and conversations."""

from typing import Any

from rest_framework import serializers

from chat.api.names import name_of
from chat.pages import Shown
from chat.protocol.rows import KINDS, Entry


class Message(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    conversation = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    content = serializers.CharField(required=False)
    extension = serializers.CharField(required=False)
    time = serializers.IntegerField(help_text="Whole seconds since 1970.")
    reply = serializers.IntegerField(required=False, help_text="The message that it replies to.")
    cid = serializers.CharField(required=False, help_text="Of one's own messages: the name they were given.")
    edited = serializers.IntegerField(allow_null=True, help_text="The row that gave it its content.")
    reactions = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    recalled = serializers.BooleanField(required=False, help_text="It has no content.")
    cut = serializers.BooleanField(
        required=False, help_text="Of a last message: only the beginning of its content or extension is here."
    )

    def get_fields(self) -> dict[str, Any]:
        # A word that Python keeps for itself.
        return {**super().get_fields(), "from": serializers.CharField()}


def message(one: Shown, userid: str) -> dict[str, Any]:
    """The message as `userid` sees it."""
    entry = one.entry
    said: dict[str, Any] = {
        "id": entry.id,
        "conversation": name_of(_peer(entry, userid)),
        "from": entry.sender,
        "kind": entry.kind,
        "content": entry.content,
        "extension": entry.extension,
        "time": entry.time,
        "edited": one.edited,
        "reactions": one.reactions,
    }
    if one.recalled:
        del said["content"], said["extension"]
        said["recalled"] = True
    if entry.reply is not None:
        said["reply"] = entry.reply
    if entry.cid is not None and entry.sender == userid:
        said["cid"] = entry.cid
    return said


def _peer(entry: Entry, userid: str) -> str | int:
    return entry.sender if entry.to == userid else entry.to
