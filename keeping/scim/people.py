"""What SCIM says of a person, as a directory describes people, and what it is shown of them. Pure."""

from collections.abc import Mapping
from typing import Any

from accounts.people import DirectoryEntry, PersonDescription, Value
from keeping.people.decoding import Problem, checked
from keeping.scim.describing import ENTERPRISE, EXTENDED, USER
from keeping.scim.reading import (
    REMOVE,
    Path,
    Term,
    flag_of,
    operations_in,
    text_of,
    values_in,
    wrong,
)

EXTERNAL_ID = "externalId"
# Custom fields, by the names of the attributes in lower case.
_FIELDS = {name.lower(): name for name in (EXTERNAL_ID, "title", *EXTENDED)}
_READ_ONLY = {"id": "id", "username": "userName"}
# Which of several mail addresses is kept.
_MAIN = (Term("type", "work"), Term("primary", True))
_NAMES = ("formatted", "givenname", "familyname")

Attributes = dict[str, Any]


def read_new(body: Mapping[str, Any]) -> tuple[str, PersonDescription | Problem]:
    """A person to be made, and the userid. Raises ApiError."""
    attributes = _complete_attributes(body)
    userid = attributes.get("username") or ""
    person = _described(userid, attributes)
    return userid, person._replace(is_new=True) if isinstance(person, PersonDescription) else person


def read_complete(userid: str, body: Mapping[str, Any]) -> PersonDescription | Problem:
    """All of the person. Raises ApiError."""
    attributes = _complete_attributes(body)
    _require_same(userid, attributes)
    return _described(userid, attributes)


def changes_of(userid: str, body: Mapping[str, Any]) -> PersonDescription | Problem:
    """What a PATCH says. Raises ApiError."""
    attributes: Attributes = {}
    for op, path, value in operations_in(body):
        if op == REMOVE and path.name in _READ_ONLY:
            raise wrong("mutability", f"{_READ_ONLY[path.name]} cannot be removed.")
        _take(attributes, path, None if op == REMOVE else value)
    _require_same(userid, attributes)
    return _described(userid, attributes)


def _complete_attributes(body: Mapping[str, Any]) -> Attributes:
    """What is not said is empty, but for whether the person is active."""
    attributes: Attributes = {}
    for path, value in values_in(body):
        _take(attributes, path, value)
    _, first, last = (attributes.get(f"name.{part}") or "" for part in _NAMES)
    called = attributes.get("name.formatted") or f"{first} {last}".strip()
    return {
        **dict.fromkeys(_FIELDS),
        "email": "",
        **attributes,
        "displayname": attributes.get("displayname") or called,
    }


def _take(attributes: Attributes, path: Path, value: Any) -> None:
    """Note one attribute; what we do not keep is ignored."""
    name = path.name
    if name == "active":
        if value is not None:
            attributes["active"] = flag_of(value)
    elif name in _FIELDS or name in _READ_ONLY or name == "displayname":
        attributes[name] = text_of(value)
    elif name == "emails":
        _take_email(attributes, path, value)
    elif name == "name":
        parts = {path.part: value} if path.part else value if isinstance(value, Mapping) else {}
        attributes |= {
            f"name.{part.lower()}": text_of(one) for part, one in parts.items() if part.lower() in _NAMES
        }


def _take_email(attributes: Attributes, path: Path, value: Any) -> None:
    if path.chosen is None:
        attributes["email"] = text_of(_main_of(value)) or ""
    elif path.chosen in _MAIN and path.part in ("", "value"):
        attributes["email"] = text_of(value.get("value") if isinstance(value, Mapping) else value) or ""


def _main_of(value: Any) -> Any:
    emails = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Mapping)]
    emails.sort(key=lambda one: (one.get("primary") is not True, one.get("type") != "work"))
    return emails[0].get("value") if emails else None


def _require_same(userid: str, attributes: Attributes) -> None:
    for name, called in _READ_ONLY.items():
        if attributes.get(name) not in (None, userid):
            raise wrong("mutability", f"{called} never changes.")


def _described(userid: str, attributes: Attributes) -> PersonDescription | Problem:
    fields: dict[str, Value | None] = {
        _FIELDS[name]: attributes[name] or None for name in attributes if name in _FIELDS
    }
    person = checked(
        userid,
        nickname=(attributes["displayname"] or "") if "displayname" in attributes else None,
        email=attributes.get("email"),
        banned=not attributes["active"] if "active" in attributes else None,
        fields={name: value for name, value in fields.items() if value is not None},
    )
    return person._replace(fields=None, changes=fields) if isinstance(person, PersonDescription) else person


def resource_of(userid: str, entry: DirectoryEntry) -> dict[str, Any]:
    """The resource, without `meta`."""
    fields = {name: value for name, value in entry.fields.items() if isinstance(value, str)}
    extended = {name: fields[name] for name in EXTENDED if name in fields}
    resource: dict[str, Any] = {
        "schemas": [USER, *([ENTERPRISE] if extended else [])],
        "id": userid,
        "userName": userid,
        "active": not entry.banned,
    }
    resource |= {name: fields[name] for name in (EXTERNAL_ID, "title") if name in fields}
    if entry.nickname:
        resource["displayName"] = entry.nickname
    if entry.email:
        resource["emails"] = [{"value": entry.email, "type": "work", "primary": True}]
    if extended:
        resource[ENTERPRISE] = extended
    return resource
