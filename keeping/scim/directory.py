"""The people and groups that SCIM shows: all people except bots, the service account and erased people; the
groups that a directory has created and that are not dissolved. A page has at most MAX_MEMBERS members, or
one group."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from accounts import people
from accounts.models import User
from accounts.names.userids import is_userid
from accounts.people import DirectoryEntry
from accounts.services import desk_userids
from groups.groupids import is_group_id
from keeping.erasing.records import PERSON
from keeping.models import DirectoryGroup, Erasure
from keeping.people.groups import nameless
from keeping.scim.people import EXTERNAL_ID
from keeping.scim.reading import Term, scim_error
from log.models import Bot, Membership

MAX_MEMBERS = 10_000


class ScimPerson(NamedTuple):
    userid: str
    entry: DirectoryEntry
    made: str


class ScimGroup(NamedTuple):
    """`external_id`: empty if the directory has none."""

    id: str
    name: str
    external_id: str
    made: str
    members: Sequence[str]


def everybody() -> "QuerySet[User]":
    erased = Erasure.objects.filter(target=Concat(Value(PERSON), OuterRef("pk")))
    users = User.objects.exclude(pk__in=desk_userids()).exclude(pk__in=Bot.objects.values("pk"))
    return users.exclude(Exists(erased), is_active=False).order_by("pk")


def people_with(terms: Iterable[Term]) -> "QuerySet[User]":
    """Return the people that match all terms. Raises ApiError for an attribute that cannot be searched."""
    matches = everybody()
    for name, value in terms:
        if name == "active" and isinstance(value, bool):
            matches = matches.filter(is_active=value)
        elif name in ("username", "id") and isinstance(value, str):
            matches = matches.filter(pk=value) if is_userid(value) else matches.none()
        elif name == "externalid" and isinstance(value, str):
            matches = matches.filter(**{f"custom_fields__values__{EXTERNAL_ID}": value})
        else:
            raise scim_error("invalidFilter", "People are found by userName, id, externalId and active.")
    return matches


def scim_people(userids: Sequence[str]) -> list[ScimPerson]:
    entries = people.entries_of(userids)
    made = dict(User.objects.filter(pk__in=userids).values_list("pk", "date_joined"))
    return [
        ScimPerson(userid, entries[userid], _time_text(made[userid]))
        for userid in userids
        if userid in entries
    ]


def groups_with(terms: Iterable[Term]) -> "QuerySet[DirectoryGroup]":
    """Return the groups that match all terms. Raises ApiError as `people_with`."""
    matches = DirectoryGroup.objects.filter(group__dissolved_at=None).order_by("group_id")
    for name, value in terms:
        if name == "displayname" and isinstance(value, str):
            matches = matches.filter(group__name=value)
        elif name == "id" and isinstance(value, str):
            matches = matches.filter(group=int(value)) if is_group_id(value) else matches.none()
        elif name == "externalid" and isinstance(value, str):
            matches = matches.filter(pk=value)
        elif name in ("members", "members.value") and isinstance(value, str):
            memberships = Membership.objects.current().filter(user=value)
            matches = matches.filter(group__in=memberships.values("group"))
        else:
            raise scim_error("invalidFilter", "Groups are found by displayName, id, externalId and members.")
    return matches


def group(group_id: str) -> "QuerySet[DirectoryGroup]":
    """Return a query set with this group, or an empty one."""
    return groups_with([Term("id", group_id)]).select_related("group")


def scim_groups(directory_groups: Iterable[DirectoryGroup], *, with_members: bool) -> list[ScimGroup]:
    """Return the groups. With members, return only as many groups as fit into a page, but at least one."""
    by_id = {row.group_id: row for row in directory_groups}
    memberships = Membership.objects.current().filter(group__in=by_id)
    memberships = memberships.exclude(user__in=Bot.objects.values("pk"))
    if with_members:
        by_id = _page(by_id, dict(memberships.values_list("group").annotate(Count("pk")).order_by()))
    members: defaultdict[int, list[str]] = defaultdict(list)
    if with_members:
        rows = memberships.filter(group__in=by_id).order_by("pk")
        for group_id, userid in rows.values_list("group", "user"):
            members[group_id].append(userid)
    return [
        ScimGroup(
            str(group_id),
            row.group.name,
            "" if row.pk == nameless(group_id) else row.pk,
            _time_text(row.group.created_at),
            members[group_id],
        )
        for group_id, row in by_id.items()
    ]


def _page(by_id: dict[int, DirectoryGroup], sizes: dict[int, int]) -> dict[int, DirectoryGroup]:
    page: dict[int, DirectoryGroup] = {}
    members_left = MAX_MEMBERS
    for group_id, row in by_id.items():
        members_left -= sizes.get(group_id, 0)
        if page and members_left < 0:
            break
        page[group_id] = row
    return page


def _time_text(time: Any) -> str:
    return str(time.isoformat(timespec="seconds").replace("+00:00", "Z"))
