"""Bots. Owners and admins of a group, or an operator, create one for the group. With its secret, a program
sends messages by HTTP, or connects to the chat like a person. Other groups can add the bot as a member.

A bot that a member created is revoked permanently when that member leaves the group or is banned.
"""

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import receiver
from django.utils import timezone

from accounts import access
from accounts.account_status import EVERYTHING, Change
from accounts.authentication.authentication import Person
from accounts.codes import Cause, Failed
from accounts.models import User
from accounts.services import ProfileData, end_sessions, ensure_profiles
from accounts.signals import account_status_changed
from chat.services import bots
from groups import bots as group_bots
from groups import services
from groups.errors import GroupNotFound
from groups.selectors import get_group, permission_in
from groups.signals import membership_changed
from log.models import Group, Membership, Privacy
from log.person_choices import Circle
from notifications.models import Hook

# Called in the transaction of a change, with the action's name in the audit log and the bot.
Record = Callable[[str, Hook], object]


class NoSuchBot(Failed):
    """No such bot exists, or it was revoked."""

    cause = Cause.NO_SUCH_BOT


def _record_nothing(_action: str, _hook: Hook) -> None:
    pass


def make_bot(group_id: int, name: str, *, by: str | None = None, record: Record = _record_nothing) -> Hook:
    """Create a bot of this name in the group. `by`: the userid of the caller; None: the operator.

    The returned `token` and `address_token` are not stored, so they cannot be read again. A bot created by a
    person can be found and contacted only by people who share a group with it.

    Raises GroupNotFound, Forbidden, TooManyMembers and TooManyBots.
    """
    check_may_manage(group_id, by)
    check_capacity(group_id)
    bot, token, address = f"bot-{secrets.token_hex(6)}", secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    # Not in the transaction of the membership, for the reason given in `groups.services.add_members`.
    ensure_profiles([ProfileData(bot, name, "")])
    with transaction.atomic():
        services.add_members(group_id, [bot], by=by)
        bots.mark_as_bot(bot)
        if by is not None:
            Privacy.objects.create(user_id=bot, write=Circle.KNOWN, find=Circle.KNOWN, invite=Circle.KNOWN)
        made = Hook.objects.create(
            group_id=group_id,
            bot_id=bot,
            name=name,
            digest=digest_of(token),
            address_digest=digest_of(address),
            made_by_id=by,
        )
        record("bot.make", made)
    made.token, made.address_token = token, address
    return made


def check_may_manage(group_id: int, by: str | None) -> None:
    """Check that `by` is an owner or admin of the group, or the operator (None). Raises GroupNotFound and
    Forbidden."""
    get_group(group_id)
    if by is not None:
        access.may_restrict(permission_in(group_id, by).actor)


def check_capacity(group_id: int) -> None:
    """Check that the group can have another bot. Raises GroupNotFound and TooManyBots."""
    get_group(group_id)
    group_bots.check_room(group_id)


def active_bots(group_id: int, *, by: str | None = None) -> list[Hook]:
    """Return the group's bots that are not revoked, oldest first. Raises as `check_may_manage`."""
    check_may_manage(group_id, by)
    return list(Hook.objects.filter(group=group_id, revoked_at=None).order_by("made_at", "pk"))


def active_bot(group_id: int, hook_id: int, *, by: str | None = None) -> Hook:
    """Return this bot of the group. Raises as `check_may_manage`, and NoSuchBot if it is revoked."""
    check_may_manage(group_id, by)
    return require_active(Hook.objects.filter(group=group_id, pk=hook_id))


def revoke(group_id: int, hook_id: int, *, by: str | None = None, record: Record = _record_nothing) -> None:
    """Revoke the bot's secret, and remove the bot from all its groups. Raises as `check_may_manage`, and
    NoSuchBot."""
    check_may_manage(group_id, by)
    hooks = Hook.objects.filter(group=group_id, pk=hook_id, revoked_at=None)
    if (revoked := hooks.first()) is None:
        raise NoSuchBot
    # The bot's own group comes last: if the process dies half-way, the revocation can be repeated.
    for other in Membership.objects.current().filter(user=revoked.bot_id).exclude(group=group_id):
        with suppress(GroupNotFound):
            services.remove_members(other.group_id, [revoked.bot_id])
    with transaction.atomic():
        hook = hooks.select_for_update().first()
        if hook is None:
            raise NoSuchBot
        services.remove_members(group_id, [hook.bot_id])
        Hook.objects.filter(pk=hook_id).update(revoked_at=timezone.now())
        end_sessions(hook.bot_id, EVERYTHING)
        bots.store_bot_commands(hook.bot_id, [])
        record("bot.revoke", hook)


def bot_of_secret(token: str) -> Hook:
    """Return the bot with this secret. Raises as `require_active`."""
    return require_active(Hook.objects.filter(digest=digest_of(token)))


def bot_of_address(address: str) -> Hook:
    """Return the bot with this secret part of a write-only address. Raises as `require_active`."""
    return require_active(Hook.objects.filter(address_digest=digest_of(address)))


def require_active(hooks: QuerySet[Hook]) -> Hook:
    """Return the bot that the query finds. Raises NoSuchBot if there is none or it is revoked, or if the
    member who created it has left the group or is banned; then the bot is revoked."""
    hook = hooks.filter(revoked_at=None).select_related("made_by").first()
    if hook is None:
        raise NoSuchBot
    if not _has_maker(hook):
        # The process may have died between the commit of the ban or departure and the revocation.
        revoke_active(Hook.objects.filter(pk=hook.pk))
        raise NoSuchBot
    return hook


def userid_of_secret(token: str) -> str | None:
    """Return the userid of the bot with this secret; None if there is none."""
    with suppress(NoSuchBot):
        return bot_of_secret(token).bot_id
    return None


def revoke_active(hooks: QuerySet[Hook]) -> None:
    """Revoke those of the bots that are not revoked yet. Bots of a dissolved group are not revoked, because
    the group may be restored, but their sessions end."""
    for hook in hooks.filter(revoked_at=None):
        try:
            revoke(hook.group_id, hook.pk)
        except GroupNotFound:
            end_sessions(hook.bot_id, EVERYTHING)
        except NoSuchBot:
            continue


@receiver(membership_changed)
def revoke_bots_of_former_members(group: Group, left: list[str], **_: Any) -> None:
    if left:
        made = Hook.objects.filter(group=group, made_by__in=left)
        transaction.on_commit(partial(revoke_active, made), robust=True)


@receiver(account_status_changed)
def revoke_bots_of_banned_person(userid: str, change: Change, **_: Any) -> None:
    if change.banned:
        transaction.on_commit(partial(revoke_active, Hook.objects.filter(made_by=userid)), robust=True)


def _has_maker(hook: Hook) -> bool:
    """Whether the bot was created by an operator, or by a current member who is not banned. In a dissolved
    group, which has no members, it is enough that the creator is not banned."""
    if hook.made_by is None:
        return True
    is_inside = Membership.objects.current().filter(group=hook.group_id, user=hook.made_by_id).exists()
    return hook.made_by.is_active and (
        is_inside or not Group.objects.alive().filter(pk=hook.group_id).exists()
    )


def sender_of(hook: Hook) -> Person | None:
    """Return the bot as a sender of messages; None if its account is banned."""
    bot = User.objects.filter(pk=hook.bot_id, is_active=True).first()
    return None if bot is None else Person(bot.pk, bot.muted, bot.delivered_id)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
