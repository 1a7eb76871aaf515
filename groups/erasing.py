"""Erasing a person from groups. Their userid stays in past periods, because the log refers to these."""

from collections.abc import Collection
from contextlib import suppress

from groups import services
from groups.errors import GroupNotFound
from groups.models import Confirmation, GroupLink, JoinRequest
from log.models import Group, GroupMute, Membership


def leave_all_groups(userid: str) -> int:
    """The person leaves all groups; a group without other members is dissolved. Returns the number of groups.
    Idempotent."""
    ids = list(Membership.objects.current().filter(user=userid).values_list("group", flat=True))
    for group_id in ids:
        # Dissolved meanwhile, it has no members.
        with suppress(GroupNotFound):
            _leave(group_id, userid)
    # The mutes stay, as they do whenever a member leaves. The reason was shown to the person.
    GroupMute.objects.filter(user=userid).update(reason="")
    JoinRequest.objects.filter(user=userid).delete()
    GroupLink.objects.filter(made_by=userid).delete()
    Confirmation.objects.filter(user=userid).delete()
    Membership.objects.filter(user=userid).update(nickname="")
    return len(ids)


def pictures_with(userid: str) -> set[str]:
    """The pictures of all groups in which the person is, or was: their face may be in them."""
    ids = Membership.objects.filter(user=userid).values("group")
    return set(Group.objects.filter(pk__in=ids).exclude(snap="").values_list("snap", flat=True))


def remove_pictures(pictures: Collection[str]) -> None:
    """Remove these pictures from groups. The next look at such a group has another one made."""
    Group.objects.filter(snap__in=pictures).update(snap="")


def _leave(group_id: int, userid: str) -> None:
    others = Membership.objects.current().filter(group=group_id).exclude(user=userid)
    if others.exists():
        services.remove_members(group_id, [userid])
    else:
        services.dissolve(group_id)
