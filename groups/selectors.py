"""What other apps may read of groups."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Subquery
from django.templatetags.static import static

from accounts.access import TRUSTED, Actor, Role
from accounts.models import display_name
from accounts.selectors import absolute_url
from accounts.statements import among, fetch
from groups.errors import GroupNotFound
from groups.models import Group, GroupMute, Membership
from uploads.selectors import media_url

DEFAULT_SNAP = "im66/group.jpg"

# The members of groups that are read together: so few that reading takes a few milliseconds and a few hundred
# KB.
MEMBERS = 500
_CURRENT = f"SELECT user_id FROM {Membership._meta.db_table} WHERE until_id IS NULL"


class Member(NamedTuple):
    """A current member of a group. Not a model instance: making instances takes most of a reply's time."""

    userid: str
    nickname: str
    avatar: str
    role: str

    @property
    def display_name(self) -> str:
        """The same as User's."""
        return display_name(self.userid, self.nickname)


def get_group(group_id: int) -> Group:
    """The group of that id. Raises GroupNotFound if there is none or it was dissolved."""
    group = Group.objects.alive().filter(pk=group_id).first()
    if group is None:
        raise GroupNotFound
    return group


def groups_of(userid: str) -> list[Group]:
    """The groups that a person is in, oldest first."""
    periods = Membership.objects.current().filter(user=userid)
    return list(Group.objects.filter(pk__in=periods.values("group")).order_by("pk"))


def members_of(groups: Iterable[Group], after: int = 0) -> dict[int, list[Member]]:
    """The members of each group, by the group's id, in the order in which they joined: those after the place
    `after` in that order."""
    found: dict[int, list[Member]] = defaultdict(list)
    periods = Membership.objects.current().filter(group__in=groups, pk__gt=after).order_by("pk")
    for group_id, *fields in periods.values_list(
        "group_id", "user_id", "user__nickname", "user__avatar", "role"
    ):
        found[group_id].append(Member(*fields))
    return found


def actor_among(members: Iterable[Member], caller: str | None) -> Actor:
    """The caller, who may be one of the members, as far as reading is concerned. None: whoever is trusted."""
    roles = {member.userid: Role(member.role) for member in members if member.userid == caller}
    return TRUSTED if caller is None else Actor(role=roles.get(caller))


def role_of(userid: str, group_id: int) -> Role | None:
    """What the person is in the group now; None outside of it."""
    period = Membership.objects.current().filter(user=userid, group=group_id)
    role = period.values_list("role", flat=True).first()
    return None if role is None else Role(role)


class Voice(NamedTuple):
    """Who wants to write in a group. `is_quiet`: only those who manage the group may."""

    actor: Actor
    is_quiet: bool = False


def voice_in(group_id: int, userid: str) -> Voice:
    """The person in the group: muted everywhere or there, and with which role."""
    period = Membership.objects.current().filter(group=group_id, user=userid)
    mutes = GroupMute.objects.filter(group=OuterRef("group"), user=OuterRef("user"))
    found = period.values_list("role", "user__muted", Exists(mutes), "group__is_quiet").first()
    if found is None:
        return Voice(Actor())
    role, is_muted, is_muted_there, is_quiet = found
    return Voice(Actor(role=Role(role), muted=is_muted or is_muted_there), is_quiet)


def restrictions() -> tuple[list[int], list[int], list[tuple[int, str]]]:
    """The groups that are quiet, those that are slow, and who is muted in which group."""
    return (
        list(Group.objects.filter(is_quiet=True).values_list("pk", flat=True)),
        list(Group.objects.filter(slow_seconds__gt=0).values_list("pk", flat=True)),
        list(GroupMute.objects.values_list("group", "user")),
    )


def roles_at_the_end(group: Group) -> dict[str, Role]:
    """Who left the group last, in the order in which they had joined, and their roles: of a group that was
    dissolved, who was in it."""
    periods = Membership.objects.ended().filter(group=group)
    last = periods.order_by("-until_id").values("until_id")[:1]
    left = periods.filter(until_id=Subquery(last)).order_by("pk").values_list("user_id", "role")
    return {userid: Role(role) for userid, role in left}


def full_among(userids: Collection[str], more: int = 1) -> list[str]:
    """Those of `userids` who cannot join so many more groups."""
    if not userids:
        return []
    listed, params = among(userids)
    statement = f"{_CURRENT} AND user_id {listed} GROUP BY user_id HAVING COUNT(*) > %s ORDER BY user_id"
    return [userid for (userid,) in fetch(statement, *params, settings.IM66.max_groups_per_user - more)]


def last_joined(group_id: int, userid: str) -> int | None:
    """The person's place in the order in which people joined the group: the last one if the person came
    back, None if the person was never in it."""
    periods = Membership.objects.filter(group=group_id, user=userid)
    return periods.order_by("-pk").values_list("pk", flat=True).first()


def count_outside(group_id: int, userids: Collection[str]) -> int:
    """How many of these are not in the group."""
    periods = Membership.objects.current().filter(group=group_id)
    return len(set(userids).difference(periods.values_list("user_id", flat=True)))


def in_portions(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """The groups in their order, in portions small enough to be read together with their members."""
    periods = Membership.objects.current().filter(group__in=groups)
    sizes = dict(periods.values_list("group").annotate(Count("pk")).order_by())
    portion: list[Group] = []
    room = MEMBERS
    for group in groups:
        room -= sizes.get(group.pk, 0)
        if portion and room < 0:
            yield portion
            portion, room = [], MEMBERS - sizes.get(group.pk, 0)
        portion.append(group)
    if portion:
        yield portion


def snap_url(group: Group, base_url: str) -> str:
    """The URL of the group's picture, or of the default picture until the group's own is made. Both are
    served."""
    return picture_url(group.snap, base_url)


def picture_url(snap: str, base_url: str) -> str:
    """The URL of the picture of a group with this snap, which may be empty."""
    return media_url(snap, base_url) if snap else absolute_url(static(DEFAULT_SNAP), base_url)


def names_of(group_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """The name and the snap of each group."""
    found = Group.objects.filter(pk__in=group_ids).values_list("id", "name", "snap")
    return {group_id: (name, snap) for group_id, name, snap in found}
