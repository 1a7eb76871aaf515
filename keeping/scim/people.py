"""What SCIM says of a person, as a directory describes people, and what it is shown of them. Pure."""

from collections.abc import Mapping
from typing import Any

from accounts.people import DirectoryEntry, PersonDescription, Value
from keeping.people.given import Problem, checked
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

Said = dict[str, Any]


def said_of_new(body: Mapping[str, Any]) -> tuple[str, PersonDescription | Problem]:
    """A person to be made, and the userid. Raises ApiError."""
    said = _whole(body)
    userid = said.get("username") or ""
    person = _described(userid, said)
    return userid, person._replace(is_new=True) if isinstance(person, PersonDescription) else person


def said_of(userid: str, body: Mapping[str, Any]) -> PersonDescription | Problem:
    """All of the person. Raises ApiError."""
    said = _whole(body)
    _require_same(userid, said)
    return _described(userid, said)


def changes_of(userid: str, body: Mapping[str, Any]) -> PersonDescription | Problem:
    """What a PATCH says. Raises ApiError."""
    said: Said = {}
    for op, path, value in operations_in(body):
        if op == REMOVE and path.name in _READ_ONLY:
            raise wrong("mutability", f"{_READ_ONLY[path.name]} cannot be removed.")
        _take(said, path, None if op == REMOVE else value)
    _require_same(userid, said)
    return _described(userid, said)


def _whole(body: Mapping[str, Any]) -> Said:
    """What is not said is empty, but for whether the person is active."""
    said: Said = {}
    for path, value in values_in(body):
        _take(said, path, value)
    _, given, family = (said.get(f"name.{part}") or "" for part in _NAMES)
    called = said.get("name.formatted") or f"{given} {family}".strip()
    return {**dict.fromkeys(_FIELDS), "email": "", **said, "displayname": said.get("displayname") or called}


def _take(said: Said, path: Path, value: Any) -> None:
    """Note one attribute; what we do not keep is ignored."""
    name = path.name
    if name == "active":
        if value is not None:
            said["active"] = flag_of(value)
    elif name in _FIELDS or name in _READ_ONLY or name == "displayname":
        said[name] = text_of(value)
    elif name == "emails":
        _take_email(said, path, value)
    elif name == "name":
        parts = {path.part: value} if path.part else value if isinstance(value, Mapping) else {}
        said |= {
            f"name.{part.lower()}": text_of(one) for part, one in parts.items() if part.lower() in _NAMES
        }


def _take_email(said: Said, path: Path, value: Any) -> None:
    if path.chosen is None:
        said["email"] = text_of(_main_of(value)) or ""
    elif path.chosen in _MAIN and path.part in ("", "value"):
        said["email"] = text_of(value.get("value") if isinstance(value, Mapping) else value) or ""


def _main_of(value: Any) -> Any:
    given = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Mapping)]
    given.sort(key=lambda one: (one.get("primary") is not True, one.get("type") != "work"))
    return given[0].get("value") if given else None


def _require_same(userid: str, said: Said) -> None:
    for name, called in _READ_ONLY.items():
        if said.get(name) not in (None, userid):
            raise wrong("mutability", f"{called} never changes.")


def _described(userid: str, said: Said) -> PersonDescription | Problem:
    fields: dict[str, Value | None] = {_FIELDS[name]: said[name] or None for name in said if name in _FIELDS}
    person = checked(
        userid,
        nickname=(said["displayname"] or "") if "displayname" in said else None,
        email=said.get("email"),
        banned=not said["active"] if "active" in said else None,
        fields={name: value for name, value in fields.items() if value is not None},
    )
    return person._replace(fields=None, changes=fields) if isinstance(person, PersonDescription) else person


def shown(userid: str, entry: DirectoryEntry) -> dict[str, Any]:
    """The resource, without `meta`."""
    fields = {name: value for name, value in entry.fields.items() if isinstance(value, str)}
    extended = {name: fields[name] for name in EXTENDED if name in fields}
    found: dict[str, Any] = {
        "schemas": [USER, *([ENTERPRISE] if extended else [])],
        "id": userid,
        "userName": userid,
        "active": not entry.banned,
    }
    found |= {name: fields[name] for name in (EXTERNAL_ID, "title") if name in fields}
    if entry.nickname:
        found["displayName"] = entry.nickname
    if entry.email:
        found["emails"] = [{"value": entry.email, "type": "work", "primary": True}]
    if extended:
        found[ENTERPRISE] = extended
    return found
