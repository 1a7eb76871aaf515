"""Makes an example of each webhook event from the types of the payloads. Pure."""

from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import UNSET, inspect, structs

from notifications.events import (
    CREATED,
    EDITED,
    MODERATED,
    NOTICE,
    REACTIONS,
    RESTORED,
    RESULTS,
    STATUSES,
    fields_of_group_event,
)
from notifications.payloads import DATA, TEXTS

_NUMBERS = {"count": 2, "mentioned": 1}
_TEXTS = {
    "sender": "alice",
    "by": "alice",
    "author": "bot-1",
    "user": "bob",
    "users": "bob",
    "mentions": "bob",
    "options": "Yes",
    "conversation": "g:1",
    "to": "g:1",
    "url": "https://chat.example.org/admin/desk/reports/1/",
    "kind": "text",
    "content": "hello",
    "extension": "",
    "emoji": "👍",
    "title": "friends",
    "name": "friends",
    "notice": "See you on Monday.",
    "target": "u:bob",
    "about": "u:bob",
    "category": "spam",
    "action": "person.mute",
    "reason": "spam",
}
_TIME, _ID = 1767254400, 17
_TEXT_OF_MESSAGE = {"content", "mentions", "custom"}
# The optional fields that the example of each event includes.
_OPTIONAL_FIELDS: dict[str, set[str]] = {
    CREATED: _TEXT_OF_MESSAGE,
    RESTORED: {"by", *_TEXT_OF_MESSAGE},
    NOTICE: {"content", "mentioned"},
    EDITED: _TEXT_OF_MESSAGE,
    **{event: {"emoji"} for event in REACTIONS},
    **{event: {"until", "reason"} for event in STATUSES},
    **{event: {part} for part, event in RESULTS.items()},
    MODERATED: {"reason"},
}


def sample(event: str, *, with_text: bool = True) -> dict[str, Any]:
    """Return example data of the event. Raises KeyError if there is no event of this name."""
    included = _OPTIONAL_FIELDS.get(event) or {"by", *fields_of_group_event(event)}
    if not with_text:
        included = included.difference(TEXTS, ["reason"])
    payload: dict[str, Any] = msgspec.to_builtins(_struct(DATA[event], included))
    return payload


def _struct(shape: Any, included: Collection[str]) -> Any:
    fields: dict[str, Any] = {}
    for field in structs.fields(shape):
        type_info = inspect.type_info(field.type)
        is_optional = not field.required
        if not is_optional or (field.name in included and field.default is UNSET):
            fields[field.name] = _value(field.name, type_info, included)
    return shape(**fields)


def _value(name: str, type_info: inspect.Type, included: Collection[str]) -> Any:
    match type_info:
        case inspect.Metadata(type=inner):
            return _value(name, inner, included)
        case inspect.UnionType(types=types):
            return _value(name, types[0], included)
        case inspect.LiteralType(values=values):
            return "text" if "text" in values else values[0]
        case inspect.BoolType():
            return True
        case inspect.IntType():
            return _NUMBERS.get(name, _TIME if "time" in name or name in ("until", "opened") else _ID)
        case inspect.StrType():
            return _TEXTS.get(name, str(_ID))
        case inspect.StructType(cls=cls):
            return _struct(cls, included)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return [_value(name, item, included)]
        case inspect.DictType(value_type=inner):
            return {"bob" if isinstance(inner, inspect.LiteralType) else "order": _value("", inner, included)}
    return _ID
