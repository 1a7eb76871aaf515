"""What others may read of groups."""

from collections import defaultdict
from collections.abc import Iterable

from django.templatetags.static import static

from accounts.selectors import absolute_url
from groups.errors import GroupNotFound
from groups.models import Group, Membership
from uploads.selectors import media_url

DEFAULT_SNAP = "im66/group.jpg"


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


def members_of(groups: Iterable[Group]) -> dict[int, list[Membership]]:
    """The current memberships of each group by its id, with their users, in the order they came."""
    found: dict[int, list[Membership]] = defaultdict(list)
    stays = Membership.objects.current().filter(group__in=groups).select_related("user").order_by("pk")
    for membership in stays:
        found[membership.group_id].append(membership)
    return found


def snap_url(group: Group, base_url: str) -> str:
    """The URL of the picture of `group`: its own, or until it is made the default one. Both are served."""
    return media_url(group.snap, base_url) if group.snap else absolute_url(static(DEFAULT_SNAP), base_url)
