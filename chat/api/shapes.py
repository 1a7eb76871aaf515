"""The response serializers of messages and conversations, which describe them in the OpenAPI document."""

from functools import cache
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from msgspec import Struct, UnsetType, structs
from rest_framework import serializers

from chat.reading.shapes import ShownMessage, ShownNotice

_PLAIN = {str: serializers.CharField, int: serializers.IntegerField, bool: serializers.BooleanField}


@cache
def serializer_of(shape: type[Struct]) -> type[serializers.Serializer[Any]]:
    """Make the serializer that describes the Struct in the OpenAPI document. Its name begins with `Shown`,
    because request serializers have the same names."""
    name = getattr(shape, "component", f"Shown{shape.__name__.lstrip('_')}")
    fields = {
        field.encode_name: _serializer_field(field.type, required=field.required)
        for field in structs.fields(shape)
    }
    if (config := shape.__struct_config__).tag is not None:
        fields = {str(config.tag_field): serializers.ChoiceField([config.tag]), **fields}
    meta = type("Meta", (), {"ref_name": name})
    return type(shape.__name__, (serializers.Serializer,), {"__doc__": shape.__doc__, "Meta": meta, **fields})


def _serializer_field(type_: Any, **options: Any) -> Any:
    while get_origin(type_) is Annotated:
        type_, *metas = get_args(type_)
        for meta in metas:
            options |= {"help_text": meta.description} if meta.description else {}
            if meta.extra_json_schema:
                return serializers.URLField(**options)
    outer, inner = get_origin(type_), get_args(type_)
    if UnsetType in inner:
        return _serializer_field(inner[0], **options)
    if NoneType in inner:
        return _serializer_field(inner[0], allow_null=True, **options)
    if outer is Literal:
        return serializers.ChoiceField(inner, **options) if inner != (True,) else _PLAIN[bool](**options)
    if outer is list and isinstance(inner[0], type) and issubclass(inner[0], Struct):
        return serializer_of(inner[0])(many=True, **options)
    if outer is dict and inner[-1] is Any:
        return serializers.DictField(**options)
    if outer in (list, dict):
        field = serializers.ListField if outer is list else serializers.DictField
        return field(child=_serializer_field(inner[-1]), **options)
    return (_PLAIN.get(type_) or serializer_of(type_))(**options)


Message = serializer_of(ShownMessage)
_EITHER: dict[str, Any] = {
    "serializers": [Message, serializer_of(ShownNotice)],
    "resource_type_field_name": None,
}


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
