"""What the API says of messages and conversations."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from chat.protocol.frames import MODERATOR, NOTICE
from chat.protocol.kinds import KINDS


class Place(serializers.Serializer[Any]):
    name = serializers.CharField()
    address = serializers.CharField()

    class Meta:
        ref_name = "ShownPlace"


class File(serializers.Serializer[Any]):
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="In bytes.")
    type = serializers.CharField(help_text="By its name.")
    preview = serializers.URLField(required=False, help_text="A picture of it.")


class Message(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    conversation = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    content = serializers.CharField(required=False)
    extension = serializers.CharField(
        required=False, help_text="What the shipped apps read of it: only with `extension=true`."
    )
    card = serializers.DictField(required=False, help_text="Of the kind `card`, see json.md.")
    place = Place(required=False, help_text="Of the kind `location`; `content` is `lat,lon`.")
    file = File(required=False, help_text="Of the kind `file`; `content` is its address.")
    time = serializers.IntegerField(help_text="Whole seconds since 1970.")
    reply = serializers.IntegerField(required=False, help_text="The message that it replies to.")
    cid = serializers.CharField(required=False, help_text="Of one's own messages: the name they were given.")
    mentions = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Members of the group; `*`: all of them."
    )
    forwarded = serializers.DictField(
        required=False, help_text="Of a message that was passed on: `from` and `time` of the first one."
    )
    bundle = serializers.DictField(
        required=False,
        help_text="Of the kind `bundle`: `title`; `items`: `from`, `nickname`, `kind`, `content`, `time`.",
    )
    preview = serializers.DictField(required=False, help_text="Of the page that it links to, see json.md.")
    edited = serializers.IntegerField(allow_null=True, help_text="The row that gave it its content.")
    reactions = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="For each emoji, who has given it: the first 20, and whoever asks.",
    )
    reaction_counts = serializers.DictField(
        child=serializers.IntegerField(),
        required=False,
        help_text="How many have given an emoji, if that is more than `reactions` tells.",
    )
    recalled = serializers.BooleanField(required=False, help_text="It has no content.")
    by = serializers.ChoiceField(
        [MODERATOR], required=False, help_text="Of a message that a moderator has recalled."
    )
    starred = serializers.BooleanField(required=False, help_text="One has starred it.")
    cut = serializers.BooleanField(
        required=False,
        help_text="Of a last message: only the beginning of its content or extension is here.",
    )

    def get_fields(self) -> dict[str, Any]:
        # A word that Python keeps for itself.
        return {**super().get_fields(), "from": serializers.CharField()}


class NoticeShape(serializers.Serializer[Any]):
    """What happened to a group. The rest is as in the event `notice`, see json.md."""

    kind = serializers.ChoiceField([NOTICE])
    id = serializers.IntegerField()
    conversation = serializers.CharField()
    time = serializers.IntegerField(help_text="Whole seconds since 1970.")
    by = serializers.CharField(required=False, help_text="Who did it: a userid.")
    joined = serializers.ListField(child=serializers.CharField(), required=False, help_text="Userids.")
    left = serializers.ListField(child=serializers.CharField(), required=False, help_text="Userids.")

    class Meta:
        ref_name = "Notice"


_EITHER: dict[str, Any] = {"serializers": [Message, NoticeShape], "resource_type_field_name": None}


@extend_schema_field(PolymorphicProxySerializer("MessageOrNotice", **_EITHER, many=True))
class _Items(serializers.ListField):
    pass


class MessagePage(serializers.Serializer[Any]):
    items = _Items()
    more = serializers.BooleanField(help_text="There are more.")


class FoundMessages(serializers.Serializer[Any]):
    items = Message(many=True)
    more = serializers.BooleanField(help_text="There may be more.")
    before = serializers.IntegerField(
        required=False, help_text="If there may be more: what to ask for as `before` to go on."
    )
