"""Bots: made for a group by those who manage it, or by an operator; each writes by a secret URL."""

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from accounts import access
from accounts.authentication import Person
from accounts.models import User
from accounts.services import Profile, ensure_profiles
from groups import services
from groups.selectors import get_group, voice_in
from notifications.models import Hook

# In one group at once.
HOOKS_MOST = 20


class NoSuchHook(Exception):
    """There is none, or it was revoked."""


class TooManyHooks(Exception):
    """The group has HOOKS_MOST of them."""


def make(group_id: int, name: str, *, by: str | None = None) -> Hook:
    """Make a bot of this name that writes in the group. Its `token` is known from now on only to whoever gets
    the answer. `by`: who asks; None: the operator.

    Raises GroupNotFound, Forbidden, TooManyMembers and TooManyHooks.
    """
    check(group_id, by)
    check_room(group_id)
    bot, token = f"bot-{secrets.token_hex(6)}", secrets.token_urlsafe(32)
    # Not in the transaction of the membership, for the reason given in `groups.services.add_members`.
    ensure_profiles([Profile(bot, name, "")])
    with transaction.atomic():
        services.add_members(group_id, [bot], by=by)
        made = Hook.objects.create(
            group_id=group_id, bot_id=bot, name=name, digest=_digest(token), made_by_id=by
        )
    made.token = token
    return made


def check(group_id: int, by: str | None) -> None:
    """Raises GroupNotFound, and Forbidden for somebody who does not manage the group."""
    get_group(group_id)
    if by is not None:
        access.may_restrict(voice_in(group_id, by).actor)


def check_room(group_id: int) -> None:
    """Raises GroupNotFound and TooManyHooks if the group can have no other bot."""
    get_group(group_id)
    if Hook.objects.filter(group=group_id, revoked_at=None).count() >= HOOKS_MOST:
        raise TooManyHooks


def hooks_of(group_id: int, *, by: str | None = None) -> list[Hook]:
    """Those that are in use, oldest first. Raises as `check`."""
    check(group_id, by)
    return list(Hook.objects.filter(group=group_id, revoked_at=None).order_by("made_at", "pk"))


def revoke(group_id: int, hook_id: int, *, by: str | None = None) -> None:
    """From now on nobody writes by it, and the bot leaves the group. Raises as `check`, and NoSuchHook."""
    check(group_id, by)
    with transaction.atomic():
        hooks = Hook.objects.select_for_update().filter(group=group_id, pk=hook_id, revoked_at=None)
        hook = hooks.first()
        if hook is None:
            raise NoSuchHook
        services.remove_members(group_id, [hook.bot_id])
        Hook.objects.filter(pk=hook_id).update(revoked_at=timezone.now())


def hook_of(token: str) -> Hook:
    """The one with this secret. Raises NoSuchHook."""
    hook = Hook.objects.filter(digest=_digest(token), revoked_at=None).first()
    if hook is None:
        raise NoSuchHook
    return hook


def person_of(hook: Hook) -> Person | None:
    """The bot as a sender; None if its account is locked."""
    bot = User.objects.filter(pk=hook.bot_id, is_active=True).first()
    return None if bot is None else Person(bot.pk, bot.muted, bot.delivered_id)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
