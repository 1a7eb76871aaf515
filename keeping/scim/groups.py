"""Reads SCIM requests about a group. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from accounts.names.userids import is_userid
from keeping.scim.reading import REMOVE, REPLACE, Path, operations_in, scim_error, text_of, values_in

# An operation, and the members that it is about; None: all members.
Edit = tuple[str, list[str] | None]


class GroupValues(NamedTuple):
    """`name`, `external_id`: None if the request does not contain them; an empty `external_id` removes it.
    `edits`: the changes of the members, in order."""

    name: str | None
    external_id: str | None
    edits: Sequence[Edit]

    @property
    def mentioned(self) -> list[str]:
        """The people that the edits add."""
        return [userid for op, userids in self.edits if op != REMOVE for userid in userids or ()]


def read_complete(body: Mapping[str, Any]) -> GroupValues:
    """Read a complete group. Members that the body does not contain remain as they are. Raises ApiError."""
    return _group_values([(REPLACE, path, value) for path, value in values_in(body)], None)


def changes_of(group_id: str, body: Mapping[str, Any]) -> GroupValues:
    """Read the changes of a PATCH. Raises ApiError."""
    return _group_values(operations_in(body), group_id)


def _group_values(operations: Any, group_id: str | None) -> GroupValues:
    texts: dict[str, str | None] = {}
    edits: list[Edit] = []
    for op, path, value in operations:
        if path.name in ("displayname", "externalid"):
            texts[path.name] = None if op == REMOVE else text_of(value)
        elif path.name == "id" and group_id is not None and (op == REMOVE or value != group_id):
            raise scim_error("mutability", "id never changes.")
        elif path.name == "members":
            edits.append(_edit(op, path, value))
    if "displayname" in texts and not texts["displayname"]:
        raise scim_error("invalidValue", "A group needs a displayName.")
    external = texts.get("externalid") or "" if "externalid" in texts else None
    return GroupValues(texts.get("displayname"), external, edits)


def _edit(op: str, path: Path, value: Any) -> Edit:
    if path.filter is not None:
        return _filtered_edit(op, path)
    # Entra ID sends the members to remove as the value.
    if op == REMOVE and value is None:
        return op, None
    values = value if isinstance(value, list) else [] if value is None else [value]
    return op, [_userid(member.get("value") if isinstance(member, Mapping) else None) for member in values]


def _filtered_edit(op: str, path: Path) -> Edit:
    assert path.filter
    name, userid = path.filter
    if op != REMOVE or name != "value" or path.part:
        raise scim_error("invalidPath", 'By a filter, members can only be removed: `members[value eq "id"]`.')
    return op, [_userid(userid)]


def _userid(value: Any) -> str:
    if isinstance(value, str) and is_userid(value):
        return value
    raise scim_error("invalidValue", "A member has the id of a person as its `value`.")


def edited(present: Collection[str], edits: Sequence[Edit]) -> list[str]:
    """Return the members after the edits."""
    members = dict.fromkeys(present)
    for op, userids in edits:
        if op == REPLACE or userids is None:
            members = {}
        if op == REMOVE:
            for userid in userids or ():
                members.pop(userid, None)
        else:
            members |= dict.fromkeys(userids or ())
    return list(members)
