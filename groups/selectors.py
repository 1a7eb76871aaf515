"""Queries about groups, for this app and others."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.templatetags.static import static
from django.utils import timezone

from accounts.access import TRUSTED, Actor, Role
from accounts.models import display_name
from accounts.selectors import absolute_url
from accounts.statements import among, fetch
from groups.errors import GroupNotFound
from groups.models import JoinRequest
from log import reach
from log.group_models import MembershipQuerySet
from log.models import Group, GroupMute, Membership
from uploads.names import stems_in
from uploads.references import Progress
from uploads.selectors import media_url

DEFAULT_SNAP = "im66/group.jpg"

# The groups to which one person can add another before they accept any.
MAX_UNACCEPTED_FROM_ONE = 10
# How long members cannot add a person again after the person left the group.
REJOIN_HOURS = 24

# The members of groups that are read together: so few that reading takes a few milliseconds and a few hundred
# KB.
MAX_MEMBERS_PER_READ = 500
_COUNT_CURRENT = f"SELECT user_id, COUNT(*) FROM {Membership._meta.db_table} WHERE until_id IS NULL"


class CurrentMember(NamedTuple):
    """A current member of a group. Not a model instance: making instances takes most of a reply's time."""

    userid: str
    nickname: str
    avatar: str
    role: str
    nickname_here: str = ""
    is_bot: bool = False

    @property
    def called(self) -> str:
        """The name of the member in the group."""
        return self.nickname_here or self.display_name

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


_MEMBER = ("user_id", "user__nickname", "user__avatar", "role", "nickname", "user__is_bot")


def members_of(groups: Iterable[Group], after: int = 0) -> dict[int, list[CurrentMember]]:
    """The members of each group, by the group's id, in the order in which they joined: those after the place
    `after` in that order."""
    members: dict[int, list[CurrentMember]] = defaultdict(list)
    periods = Membership.objects.current().filter(group__in=groups, pk__gt=after).order_by("pk")
    for group_id, *member in periods.values_list("group_id", *_MEMBER):
        members[group_id].append(CurrentMember._make(member))
    return members


def first_members(group: Group, limit: int, after: int = 0) -> list[tuple[int, CurrentMember]]:
    """The first `limit` members after the place `after`, with their places in the order in which they
    joined."""
    periods = Membership.objects.current().filter(group=group, pk__gt=after).order_by("pk")
    return [
        (place, CurrentMember._make(member)) for place, *member in periods.values_list("pk", *_MEMBER)[:limit]
    ]


def actor_among(members: Iterable[CurrentMember], caller: str | None) -> Actor:
    """Return the caller as an Actor with a role, for read permissions. `caller`: None for a trusted one."""
    roles = {member.userid: Role(member.role) for member in members if member.userid == caller}
    return TRUSTED if caller is None else Actor(role=roles.get(caller))


def actor_in(group_id: int, caller: str | None) -> Actor:
    """Return `actor_among` the members of the group, with a query for the caller's role."""
    return TRUSTED if caller is None else Actor(role=role_of(caller, group_id))


def is_group(group_id: int) -> bool:
    """Whether the group exists and was not dissolved."""
    return Group.objects.alive().filter(pk=group_id).exists()


def role_of(userid: str, group_id: int) -> Role | None:
    """Return the person's role in the group; None if they are no member now."""
    period = Membership.objects.current().filter(user=userid, group=group_id)
    role = period.values_list("role", flat=True).first()
    return None if role is None else Role(role)


class WritePermission(NamedTuple):
    """The person who writes in a group. `is_quiet`: only those who manage the group may."""

    actor: Actor
    is_quiet: bool = False


def permission_in(group_id: int, userid: str) -> WritePermission:
    """Return the person's permission to write in the group: role, mutes, and whether the group is quiet."""
    period = Membership.objects.current().filter(group=group_id, user=userid)
    mutes = GroupMute.objects.filter(group=OuterRef("group"), user=OuterRef("user"))
    row = period.values_list("role", "user__muted", Exists(mutes), "group__is_quiet").first()
    if row is None:
        return WritePermission(Actor())
    role, is_muted, is_muted_there, is_quiet = row
    return WritePermission(Actor(role=Role(role), muted=is_muted or is_muted_there), is_quiet)


def restrictions() -> tuple[list[int], list[int], list[tuple[int, str]]]:
    """Return the quiet groups, the slow groups, and pairs of a group and a member muted in it."""
    return (
        list(Group.objects.filter(is_quiet=True).values_list("pk", flat=True)),
        list(Group.objects.filter(slow_seconds__gt=0).values_list("pk", flat=True)),
        list(GroupMute.objects.values_list("group", "user")),
    )


def last_roles(group: Group) -> dict[str, Role]:
    """The people who left the group last, in the order of joining, with their roles: the last members of a
    dissolved group."""
    periods = Membership.objects.ended().filter(group=group)
    last = periods.order_by("-until_id").values("until_id")[:1]
    left = periods.filter(until_id=Subquery(last)).order_by("pk").values_list("user_id", "role")
    return {userid: Role(role) for userid, role in left}


def at_group_limit(userids: Collection[str], more: int = 1, invited_by: str | None = None) -> list[str]:
    """Return those of `userids` who cannot join `more` groups: they have accepted too many or, if
    `invited_by` adds them, are in too many that they have not accepted. Groups to which acquaintances and
    strangers added them are counted separately, so that strangers cannot use up the limit of friends."""
    if not userids:
        return []
    listed, params = among(userids)
    most: int = settings.IM66.max_groups_per_user - more
    statement = (
        f"{_COUNT_CURRENT} AND user_id {listed} GROUP BY user_id HAVING COUNT(*) > %s ORDER BY user_id"
    )
    crowded: dict[str, int] = dict(fetch(statement, *params, most))
    unaccepted = _who_invited(crowded)

    def is_full(userid: str) -> bool:
        inviting = unaccepted[userid]
        if invited_by is not None and len(inviting) > most < len(_known_like(invited_by, inviting, userid)):
            return True
        return crowded[userid] - len(inviting) > most

    return [userid for userid in crowded if is_full(userid)]


def _who_invited(userids: Collection[str]) -> dict[str, list[str]]:
    """Return for each person the people who added them to unaccepted groups, once for each group."""
    inviting: dict[str, list[str]] = defaultdict(list)
    if userids:
        periods = Membership.objects.current().filter(user__in=userids, invited_by__isnull=False)
        for userid, invited_by in periods.values_list("user_id", "invited_by"):
            inviting[userid].append(str(invited_by))
    return inviting


def _known_like(invited_by: str, inviting: Collection[str], userid: str) -> list[str]:
    """Return those of `inviting` whom the person knows if they know `invited_by`, else those they do not."""
    known = reach.acquaintances(userid, {*inviting, invited_by})
    return [other for other in inviting if (other in known) == (invited_by in known)]


def at_unaccepted_limit(userids: Collection[str], invited_by: str, more: int = 1) -> list[str]:
    """Return those of `userids` whom `invited_by` cannot add to `more` groups. One person may have added them
    to MAX_UNACCEPTED_FROM_ONE unaccepted groups, including those left in the last REJOIN_HOURS."""
    if not userids:
        return []
    counts = counted_memberships().filter(user__in=userids, invited_by=invited_by).values("user")
    many = counts.annotate(count=Count("pk")).filter(count__gt=MAX_UNACCEPTED_FROM_ONE - more)
    return list(many.order_by("user").values_list("user", flat=True))


def counted_memberships() -> MembershipQuerySet:
    """The current periods, and those that ended in the last REJOIN_HOURS. If they did not count, one person
    could put another into a group and remove them again, any number of times."""
    lately = timezone.now() - timedelta(hours=REJOIN_HOURS)
    return Membership.objects.filter(Q(until_id=None) | Q(ended_at__gt=lately))


def left_recently(group_id: int, userids: Collection[str]) -> list[str]:
    """Those of `userids` who have left the group in the last REJOIN_HOURS."""
    lately = timezone.now() - timedelta(hours=REJOIN_HOURS)
    periods = Membership.objects.ended().filter(group=group_id, user__in=userids, left_at__gt=lately)
    return sorted(set(periods.values_list("user", flat=True)))


def owners_of(group_id: int) -> list[str]:
    """List the owners of the group, longest membership first."""
    periods = Membership.objects.current().filter(group=group_id, role=Role.OWNER)
    return list(periods.order_by("pk").values_list("user", flat=True))


def managers_of(group_id: int) -> list[str]:
    """List the owners and admins of the group."""
    periods = Membership.objects.current().filter(group=group_id).exclude(role=Role.MEMBER)
    return list(periods.values_list("user", flat=True))


def join_request_counts(group_ids: Collection[int]) -> dict[int, int]:
    """Count the join requests of people who are not banned, by group. Groups without any are left out."""
    if not group_ids:
        return {}
    waiting = JoinRequest.objects.filter(group__in=group_ids, user__is_active=True)
    return dict(waiting.values_list("group").annotate(Count("pk")).order_by())


def last_membership_id(group_id: int, userid: str) -> int | None:
    """The person's place in the order in which people joined the group: the last one if the person came
    back, None if the person was never in it."""
    periods = Membership.objects.filter(group=group_id, user=userid)
    return periods.order_by("-pk").values_list("pk", flat=True).first()


def count_non_members(group_id: int, userids: Collection[str]) -> int:
    """Count those of `userids` who are not in the group."""
    periods = Membership.objects.current().filter(group=group_id)
    return len(set(userids).difference(periods.values_list("user_id", flat=True)))


def in_batches(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """The groups in their order, in portions small enough to be read together with their members."""
    periods = Membership.objects.current().filter(group__in=groups)
    sizes = dict(periods.values_list("group").annotate(Count("pk")).order_by())
    portion: list[Group] = []
    room = MAX_MEMBERS_PER_READ
    for group in groups:
        room -= sizes.get(group.pk, 0)
        if portion and room < 0:
            yield portion
            portion, room = [], MAX_MEMBERS_PER_READ - sizes.get(group.pk, 0)
        portion.append(group)
    if portion:
        yield portion


def snap_url(group: Group, base_url: str) -> str:
    """The URL of the group's own picture or of that of its members, or of the default picture until that is
    made. All are served."""
    return picture_url(group.picture or group.snap, base_url)


def picture_url(snap: str, base_url: str) -> str:
    """The URL of the picture of a group with this file, which may be empty."""
    return media_url(snap, base_url) if snap else absolute_url(static(DEFAULT_SNAP), base_url)


def nicknames_of(members: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What people are called in groups, of those who have nicknames there; perhaps also of other people and
    groups among them."""
    if not members:
        return {}
    userids, group_ids = zip(*members, strict=True)
    named = Membership.objects.current().filter(user__in=userids, group__in=group_ids).exclude(nickname="")
    rows = named.values_list("user_id", "group_id", "nickname")
    return {(userid, group_id): nickname for userid, group_id, nickname in rows}


def names_of(group_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """The name of each group, and the file with its picture."""
    rows = Group.objects.filter(pk__in=group_ids).values_list("id", "name", "picture", "snap")
    return {group_id: (name, picture or snap) for group_id, name, picture, snap in rows}


def picture_stems(_progress: Progress, _leaving: str) -> Iterator[str]:
    """The files that are pictures of groups."""
    has_one = Q(snap__gt="") | Q(picture__gt="")
    for names in Group.objects.filter(has_one).values_list("snap", "picture").iterator():
        yield from (stem for name in names for stem in stems_in(name))
