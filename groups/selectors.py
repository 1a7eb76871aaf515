"""What others may read of groups."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.db.models import Count
from django.templatetags.static import static

from accounts.selectors import absolute_url
from groups.errors import GroupNotFound
from groups.models import Group, Membership
from uploads.selectors import media_url

DEFAULT_SNAP = "im66/group.jpg"

# Of groups that are read together, so that reading takes a few milliseconds and a few hundred KB.
MEMBERS = 500


class Member(NamedTuple):
    """Somebody who is in a group now. Not as instances of the models: making those takes most of a reply's
    time."""

    userid: str
    nickname: str
    avatar: str
    role: str

    @property
    def display_name(self) -> str:
        """As User's."""
        return self.nickname or self.userid


def get_group(group_id: int) -> Group:
    """The group of that id. Raises GroupNotFound if there is none or it was dissolved."""
    group = Group.objects.alive().filter(pk=group_id).first()
    if group is None:
        raise GroupNotFound
    return group


def groups_of(userid: str) -> list[Group]:
    """The groups that a person is in, oldest first."""
    stays = Membership.objects.current().filter(user=userid)
    return list(Group.objects.filter(pk__in=stays.values("group")).order_by("pk"))


def members_of(groups: Iterable[Group]) -> dict[int, list[Member]]:
    """Who is in each group, by its id, in the order they came."""
    found: dict[int, list[Member]] = defaultdict(list)
    stays = Membership.objects.current().filter(group__in=groups).order_by("pk")
    for group_id, *fields in stays.values_list(
        "group_id", "user_id", "user__nickname", "user__avatar", "role"
    ):
        found[group_id].append(Member(*fields))
    return found


def in_portions(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """The groups in their order, so many at a time as can be read together with their members."""
    stays = Membership.objects.current().filter(group__in=groups)
    sizes = dict(stays.values_list("group").annotate(Count("pk")).order_by())
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
    """The URL of the picture of `group`: its own, or until it is made the default one. Both are served."""
    return media_url(group.snap, base_url) if group.snap else absolute_url(static(DEFAULT_SNAP), base_url)
