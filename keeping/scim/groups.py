"""What SCIM says of a group. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from accounts.names.userids import is_userid
from keeping.scim.reading import REMOVE, REPLACE, Path, operations_in, text_of, values_in, wrong

# `name`, `external_id`: None if nothing is said of them; an empty `external_id` takes it away. `edits`: what
# is done with members, in order: an operation and whom it names, None for everybody.
Edit = tuple[str, list[str] | None]


class GroupValues(NamedTuple):
    name: str | None
    external_id: str | None
    edits: Sequence[Edit]

    @property
    def mentioned(self) -> list[str]:
        """Everybody whom it lets in."""
        return [userid for op, userids in self.edits if op != REMOVE for userid in userids or ()]


def read_complete(body: Mapping[str, Any]) -> GroupValues:
    """All of a group; members stay as they are if nothing is said of them. Raises ApiError."""
    return _group_values([(REPLACE, *one) for one in values_in(body)], None)


def changes_of(group_id: str, body: Mapping[str, Any]) -> GroupValues:
    """What a PATCH says. Raises ApiError."""
    return _group_values(operations_in(body), group_id)


def _group_values(operations: Any, group_id: str | None) -> GroupValues:
    texts: dict[str, str | None] = {}
    edits: list[Edit] = []
    for op, path, value in operations:
        if path.name in ("displayname", "externalid"):
            texts[path.name] = None if op == REMOVE else text_of(value)
        elif path.name == "id" and group_id is not None and (op == REMOVE or value != group_id):
            raise wrong("mutability", "id never changes.")
        elif path.name == "members":
            edits.append(_edit(op, path, value))
    if "displayname" in texts and not texts["displayname"]:
        raise wrong("invalidValue", "A group needs a displayName.")
    external = texts.get("externalid") or "" if "externalid" in texts else None
    return GroupValues(texts.get("displayname"), external, edits)


def _edit(op: str, path: Path, value: Any) -> Edit:
    if path.chosen is not None:
        return _edit_of_chosen(op, path)
    # Entra ID says in the value whom to remove.
    if op == REMOVE and value is None:
        return op, None
    values = value if isinstance(value, list) else [] if value is None else [value]
    return op, [_userid(one.get("value") if isinstance(one, Mapping) else None) for one in values]


def _edit_of_chosen(op: str, path: Path) -> Edit:
    assert path.chosen
    name, userid = path.chosen
    if op != REMOVE or name != "value" or path.part:
        raise wrong("invalidPath", 'By a filter, members can only be removed: `members[value eq "id"]`.')
    return op, [_userid(userid)]


def _userid(value: Any) -> str:
    if isinstance(value, str) and is_userid(value):
        return value
    raise wrong("invalidValue", "A member has the id of a person as its `value`.")


def edited(present: Collection[str], edits: Sequence[Edit]) -> list[str]:
    """The members after that."""
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
