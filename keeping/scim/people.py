"""Converts SCIM requests about a person to descriptions, and stored people to SCIM resources. Pure."""

from collections.abc import Mapping
from typing import Any

from accounts.people import DirectoryEntry, PersonDescription, Value
from keeping.people.decoding import Problem, validate_person
from keeping.scim.describing import ENTERPRISE, EXTENDED, USER
from keeping.scim.reading import (
    REMOVE,
    Path,
    Term,
    flag_of,
    operations_in,
    scim_error,
    text_of,
    values_in,
)

EXTERNAL_ID = "externalId"
# Custom fields, by the names of the attributes in lower case.
_FIELDS = {name.lower(): name for name in (EXTERNAL_ID, "title", *EXTENDED)}
_READ_ONLY = {"id": "id", "username": "userName"}
# The filters that select the stored one of several mail addresses.
_MAIN = (Term("type", "work"), Term("primary", True))
_NAMES = ("formatted", "givenname", "familyname")

Attributes = dict[str, Any]


def read_new(body: Mapping[str, Any]) -> tuple[str, PersonDescription | Problem]:
    """Read a new person. Return the userid as well. Raises ApiError."""
    attributes = _complete_attributes(body)
    userid = attributes.get("username") or ""
    person = _description(userid, attributes)
    return userid, person._replace(is_new=True) if isinstance(person, PersonDescription) else person


def read_complete(userid: str, body: Mapping[str, Any]) -> PersonDescription | Problem:
    """Read a complete person. Raises ApiError."""
    attributes = _complete_attributes(body)
    _require_unchanged(userid, attributes)
    return _description(userid, attributes)


def changes_of(userid: str, body: Mapping[str, Any]) -> PersonDescription | Problem:
    """Read the changes of a PATCH. Raises ApiError."""
    attributes: Attributes = {}
    for op, path, value in operations_in(body):
        if op == REMOVE and path.name in _READ_ONLY:
            raise scim_error("mutability", f"{_READ_ONLY[path.name]} cannot be removed.")
        _read_attribute(attributes, path, None if op == REMOVE else value)
    _require_unchanged(userid, attributes)
    return _description(userid, attributes)


def _complete_attributes(body: Mapping[str, Any]) -> Attributes:
    """Return the attributes of a complete person. Missing ones are empty, except `active`."""
    attributes: Attributes = {}
    for path, value in values_in(body):
        _read_attribute(attributes, path, value)
    _, first, last = (attributes.get(f"name.{part}") or "" for part in _NAMES)
    full_name = attributes.get("name.formatted") or f"{first} {last}".strip()
    return {
        **dict.fromkeys(_FIELDS),
        "email": "",
        **attributes,
        "displayname": attributes.get("displayname") or full_name,
    }


def _read_attribute(attributes: Attributes, path: Path, value: Any) -> None:
    """Put one attribute into `attributes`. Attributes that are not stored are ignored."""
    name = path.name
    if name == "active":
        if value is not None:
            attributes["active"] = flag_of(value)
    elif name in _FIELDS or name in _READ_ONLY or name == "displayname":
        attributes[name] = text_of(value)
    elif name == "emails":
        _read_email(attributes, path, value)
    elif name == "name":
        parts = {path.part: value} if path.part else value if isinstance(value, Mapping) else {}
        attributes |= {
            f"name.{part.lower()}": text_of(text) for part, text in parts.items() if part.lower() in _NAMES
        }


def _read_email(attributes: Attributes, path: Path, value: Any) -> None:
    if path.filter is None:
        attributes["email"] = text_of(_main_email(value)) or ""
    elif path.filter in _MAIN and path.part in ("", "value"):
        attributes["email"] = text_of(value.get("value") if isinstance(value, Mapping) else value) or ""


def _main_email(value: Any) -> Any:
    values = value if isinstance(value, list) else [value]
    emails = [email for email in values if isinstance(email, Mapping)]
    emails.sort(key=lambda email: (email.get("primary") is not True, email.get("type") != "work"))
    return emails[0].get("value") if emails else None


def _require_unchanged(userid: str, attributes: Attributes) -> None:
    for name, shown_name in _READ_ONLY.items():
        if attributes.get(name) not in (None, userid):
            raise scim_error("mutability", f"{shown_name} never changes.")


def _description(userid: str, attributes: Attributes) -> PersonDescription | Problem:
    fields: dict[str, Value | None] = {
        _FIELDS[name]: attributes[name] or None for name in attributes if name in _FIELDS
    }
    person = validate_person(
        userid,
        nickname=(attributes["displayname"] or "") if "displayname" in attributes else None,
        email=attributes.get("email"),
        banned=not attributes["active"] if "active" in attributes else None,
        fields={name: value for name, value in fields.items() if value is not None},
    )
    return person._replace(fields=None, changes=fields) if isinstance(person, PersonDescription) else person


def resource_of(userid: str, entry: DirectoryEntry) -> dict[str, Any]:
    """Return the SCIM resource of a person, without `meta`."""
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
