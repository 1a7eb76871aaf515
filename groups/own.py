"""What members do in a group for themselves: what they are called there, and that they confirm its notice."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext

from accounts import access
from accounts.models import NICKNAME_LENGTH
from accounts.names.unseen import is_visible
from groups import services
from groups.errors import InvalidValue, NothingToConfirm
from groups.memberships import append_change, current_memberships
from groups.models import Confirmation
from groups.selectors import permission_in
from groups.signals import notice_confirmed
from log.models import Group


class MemberConfirmation(NamedTuple):
    """A member who is asked to confirm a notice. `at`: when they did; None if they have not."""

    userid: str
    nickname: str
    avatar: str
    is_bot: bool
    at: datetime | None


def check_nickname(nickname: str) -> None:
    """Raises InvalidValue unless somebody can be called so."""
    if len(nickname) > NICKNAME_LENGTH or not is_visible(nickname) or nickname != nickname.strip():
        raise InvalidValue(gettext("This nickname cannot be used."))


def set_nickname(group_id: int, userid: str, nickname: str) -> None:
    """The member is called so in the group; empty: as elsewhere. Raises GroupNotFound, Forbidden and
    InvalidValue."""
    check_nickname(nickname)
    services.check_exists(group_id)
    access.may_set_nickname(permission_in(group_id, userid).actor)
    nickname = services.checked_text("nickname", nickname, userid, group_id, check_nickname)
    with transaction.atomic():
        group = services.lock_group(group_id)
        access.may_set_nickname(permission_in(group_id, userid).actor)
        if (
            current_memberships(group)
            .filter(user=userid)
            .exclude(nickname=nickname)
            .update(nickname=nickname)
        ):
            append_change(group, userid, nicknames=[userid])


class ClearedNicknames(NamedTuple):
    """`id`: the position in the log, None if no member has a nickname."""

    id: int | None
    userids: list[str]


def clear_nicknames(group_id: int, userids: Iterable[str]) -> ClearedNicknames:
    """Those of the people who are in the group are called there as elsewhere. Raises GroupNotFound."""
    with transaction.atomic():
        group = services.lock_group(group_id)
        named = current_memberships(group).filter(user__in=[*userids]).exclude(nickname="")
        cleared = list(named.order_by("pk").values_list("user_id", flat=True))
        named.update(nickname="")
        return ClearedNicknames(append_change(group, None, nicknames=cleared) if cleared else None, cleared)


def confirm_notice(group_id: int, userid: str, notice_id: int) -> None:
    """The member has read the notice that the group got at this position in the log. Doing it again changes
    nothing. Raises GroupNotFound, Forbidden and NothingToConfirm."""
    with transaction.atomic():
        group = services.lock_group(group_id)
        access.may_see_members(permission_in(group_id, userid).actor)
        if not group.must_confirm or group.notice_id != notice_id:
            raise NothingToConfirm
        _, is_new = Confirmation.objects.get_or_create(group=group, user_id=userid, notice_id=notice_id)
        if is_new:
            payload = {"userid": userid, "group_id": group_id, "notice_id": notice_id}
            transaction.on_commit(partial(notice_confirmed.send, sender=Group, **payload))


def has_confirmed(group: Group, userid: str | None) -> bool:
    """Whether the person has confirmed the present notice."""
    if not group.must_confirm or userid is None:
        return False
    return Confirmation.objects.filter(group=group, user=userid, notice_id=group.notice_id).exists()


def confirmations(group_id: int, by: str | None) -> list[MemberConfirmation]:
    """The members, in the order in which they joined, and which of them have confirmed the notice. For owners
    and admins. Empty if there is nothing to confirm. Raises GroupNotFound and Forbidden."""
    services.check_exists(group_id)
    if by is not None:
        access.may_restrict(permission_in(group_id, by).actor)
    group = Group.objects.get(pk=group_id)
    if not group.must_confirm:
        return []
    confirmed = dict(
        Confirmation.objects.filter(group=group, notice_id=group.notice_id).values_list(
            "user", "confirmed_at"
        )
    )
    members = (
        current_memberships(group)
        .order_by("pk")
        .values_list("user_id", "user__nickname", "user__avatar", "user__is_bot")
    )
    return [MemberConfirmation(*person, confirmed.get(person[0])) for person in members]
