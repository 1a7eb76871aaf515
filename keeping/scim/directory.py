"""The people and groups that SCIM shows: people without bots and the service itself, and without those who
were erased; groups that a directory has made, and that were not dissolved. A page holds no more members than
two large groups may have."""

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
from keeping.scim.reading import Term, wrong
from log.models import Bot, Membership

MAX_MEMBERS = 10_000


class ScimPerson(NamedTuple):
    userid: str
    entry: DirectoryEntry
    made: str


class ScimGroup(NamedTuple):
    """`external_id`: empty if the directory has given none."""

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
    """Raises ApiError for what is not to be searched by."""
    matches = everybody()
    for name, value in terms:
        if name == "active" and isinstance(value, bool):
            matches = matches.filter(is_active=value)
        elif name in ("username", "id") and isinstance(value, str):
            matches = matches.filter(pk=value) if is_userid(value) else matches.none()
        elif name == "externalid" and isinstance(value, str):
            matches = matches.filter(**{f"custom_fields__values__{EXTERNAL_ID}": value})
        else:
            raise wrong("invalidFilter", "People are found by userName, id, externalId and active.")
    return matches


def scim_people(userids: Sequence[str]) -> list[ScimPerson]:
    entries = people.entries_of(userids)
    made = dict(User.objects.filter(pk__in=userids).values_list("pk", "date_joined"))
    return [ScimPerson(one, entries[one], _time(made[one])) for one in userids if one in entries]


def groups_with(terms: Iterable[Term]) -> "QuerySet[DirectoryGroup]":
    """Raises ApiError as `people_with`."""
    matches = DirectoryGroup.objects.filter(group__dissolved_at=None).order_by("group_id")
    for name, value in terms:
        if name == "displayname" and isinstance(value, str):
            matches = matches.filter(group__name=value)
        elif name == "id" and isinstance(value, str):
            matches = matches.filter(group=int(value)) if is_group_id(value) else matches.none()
        elif name == "externalid" and isinstance(value, str):
            matches = matches.filter(pk=value)
        elif name in ("members", "members.value") and isinstance(value, str):
            stays = Membership.objects.current().filter(user=value)
            matches = matches.filter(group__in=stays.values("group"))
        else:
            raise wrong("invalidFilter", "Groups are found by displayName, id, externalId and members.")
    return matches


def group(group_id: str) -> "QuerySet[DirectoryGroup]":
    """It alone; nothing if there is none."""
    return groups_with([Term("id", group_id)]).select_related("group")


def scim_groups(directory_groups: Iterable[DirectoryGroup], *, with_members: bool) -> list[ScimGroup]:
    """The first of them, and as many more as a page holds."""
    named = {one.group_id: one for one in directory_groups}
    inside = Membership.objects.current().filter(group__in=named).exclude(user__in=Bot.objects.values("pk"))
    if with_members:
        named = _as_fit(named, dict(inside.values_list("group").annotate(Count("pk")).order_by()))
    members: defaultdict[int, list[str]] = defaultdict(list)
    if with_members:
        rows = inside.filter(group__in=named).order_by("pk")
        for group_id, userid in rows.values_list("group", "user"):
            members[group_id].append(userid)
    return [
        ScimGroup(
            str(group_id),
            one.group.name,
            "" if one.pk == nameless(group_id) else one.pk,
            _time(one.group.created_at),
            members[group_id],
        )
        for group_id, one in named.items()
    ]


def _as_fit(named: dict[int, DirectoryGroup], sizes: dict[int, int]) -> dict[int, DirectoryGroup]:
    fitting: dict[int, DirectoryGroup] = {}
    room = MAX_MEMBERS
    for group_id, one in named.items():
        room -= sizes.get(group_id, 0)
        if fitting and room < 0:
            break
        fitting[group_id] = one
    return fitting


def _time(at: Any) -> str:
    return str(at.isoformat(timespec="seconds").replace("+00:00", "Z"))
