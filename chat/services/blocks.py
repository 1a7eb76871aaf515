"""Blocks between people. A block takes effect in every process from its position in the log on."""

from functools import partial

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from accounts.codes import Cause, Name
from accounts.models import User
from accounts.names.userids import is_userid
from accounts.services import is_desk
from chat.failures import CommandRefused
from chat.signals import contact_changed
from log import changes
from log.models import Block
from log.reach import visible_to

_BLOCK = f"INSERT INTO {Block._meta.db_table} (user_id, blocked_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"


def block(userid: str, other: str) -> None:
    """Block `other`: they may no longer write to the person, nor edit or react to messages between the two.
    Groups are not affected. Idempotent. Raise CommandRefused."""
    _require_another(userid, other)
    # Inserted before the log is locked: the insertion may wait for another one, which waits for the log.
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_BLOCK, [userid, other])
            is_new = cursor.rowcount > 0
        if is_new:
            changes.append_block(userid, other, is_on=True)
            _notify_own_devices(userid, other)


def unblock(userid: str, other: str) -> None:
    """Unblock `other`. Does nothing if they are not blocked. Raise CommandRefused."""
    _require_another(userid, other)
    with transaction.atomic():
        removed, _ = Block.objects.filter(user=userid, blocked=other).delete()
        if removed:
            changes.append_block(userid, other, is_on=False)
            _notify_own_devices(userid, other)


def blocks_of(userid: str) -> list[str]:
    """List the people whom the person has blocked, in the order of blocking."""
    blocks = Block.objects.filter(user=userid).order_by("pk")
    return list(blocks.values_list("blocked_id", flat=True))


def _notify_own_devices(userid: str, other: str) -> None:
    """Notify the person's devices on commit."""
    transaction.on_commit(partial(contact_changed.send, sender=Block, userid=userid, other=other))


def _require_another(userid: str, other: str) -> None:
    if userid == other:
        raise CommandRefused(Name.INVALID, "nobody blocks themselves")
    if is_desk(other):
        raise CommandRefused(Name.NOT_ALLOWED, "this account cannot be blocked")
    # PostgreSQL looks for no text with NUL in it.
    if not is_userid(other) or not _is_visible(userid, other):
        raise CommandRefused.by(Cause.NO_SUCH_USER)


def _is_visible(userid: str, other: str) -> bool:
    """Return whether `other` is visible to the person, or already blocked by the person."""
    has_blocked = Exists(Block.objects.filter(user=userid, blocked=OuterRef("pk")))
    return User.objects.filter(visible_to(userid) | Q(has_blocked), pk=other).exists()
