"""What the API says of messages and conversations."""

from typing import Annotated, Any, get_args, get_origin

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from msgspec import Struct, UnsetType, structs
from rest_framework import serializers

from chat.protocol.frames import MODERATOR, NOTICE, Forwarded, Preview
from chat.protocol.kinds import KINDS, TOLD_PARTS

_PLAIN = {str: serializers.CharField, int: serializers.IntegerField, bool: serializers.BooleanField}


def serializer_of(shape: type[Struct]) -> type[serializers.Serializer[Any]]:
    """What describes the Struct in the document. Calls take other shapes of the same names."""
    fields = {field.encode_name: _field_of(field) for field in structs.fields(shape)}
    meta = type("Meta", (), {"ref_name": f"Shown{shape.__name__.lstrip('_')}"})
    namespace = {"__doc__": shape.__doc__, "Meta": meta, **fields}
    return type(shape.__name__, (serializers.Serializer,), namespace)


def _field_of(field: structs.FieldInfo) -> serializers.Field[Any, Any, Any, Any]:
    # Of a union with UNSET the first is what is there.
    type_ = get_args(field.type)[0] if UnsetType in get_args(field.type) else field.type
    options: dict[str, Any] = {} if field.required else {"required": False}
    if get_origin(type_) is Annotated:
        type_, meta = get_args(type_)
        options["help_text"] = meta.description
    many = get_origin(type_) is list
    (type_,) = get_args(type_) if many else (type_,)
    if issubclass(type_, Struct):
        return serializer_of(type_)(many=many, **options)
    return serializers.ListField(child=_PLAIN[type_](), **options) if many else _PLAIN[type_](**options)


_PARTS = {part: serializer_of(shape) for part, shape in TOLD_PARTS.items()}


class Message(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    conversation = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    content = serializers.CharField(required=False)
    extension = serializers.CharField(
        required=False, help_text="What the shipped apps read of it: only with `extension=true`."
    )
    time = serializers.IntegerField(help_text="Whole seconds since 1970.")
    reply = serializers.IntegerField(required=False, help_text="The message that it replies to.")
    cid = serializers.CharField(required=False, help_text="Of one's own messages: the name they were given.")
    mentions = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Members of the group; `*`: all of them."
    )
    forwarded = serializer_of(Forwarded)(required=False)
    preview = serializer_of(Preview)(required=False)
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
        fields = {**super().get_fields(), "from": serializers.CharField()}
        return fields | {part: shape(required=False) for part, shape in _PARTS.items()}


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
