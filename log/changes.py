"""Gives changes a place in the log: those of groups, of somebody's account status, and of who may reach whom.

Each is called in the transaction of the change, which holds the log's end from here on, and returns the
position of the change in the log.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from msgspec.structs import replace

from accounts.account_status import Change as AccountChange
from log import log_end
from log.inserting import insert_some
from log.rows import (
    AccountStatusChange,
    BlockChange,
    GroupChange,
    Held,
    LogId,
    MembershipNotice,
    Pinned,
    ReachChange,
)
from log.stored_rows import values_of

# The shipped apps read some changes as texts. Their dialect makes these, and it lies above the log.
_with_extensions: Callable[[list[Any]], list[Any]] = list


def extend_with(with_extensions: Callable[[list[Any]], list[Any]]) -> None:
    """Let this set the extensions of changes from now on: see GroupChange."""
    global _with_extensions
    _with_extensions = with_extensions


def append_notice(group_id: int, joined: Sequence[str], left: Sequence[str], by: str | None = None) -> LogId:
    """Append a notice of a change of membership."""
    return _append(MembershipNotice(0, group_id, tuple(joined), tuple(left), 0, by))


def append_group_change(group_id: int, changed: Mapping[str, Any], by: str | None = None) -> LogId:
    """Append another change of a group."""
    return _append(GroupChange(0, group_id, by, dict(changed), 0))


def append_account_status(userid: str, change: AccountChange) -> LogId:
    """Append a change of the person's account status."""
    return _append(AccountStatusChange(0, userid, change, 0))


def append_held(userid: str) -> LogId:
    """Append the place of what the person has done to a message that waits for a moderator."""
    return _append(Held(0, userid, 0))


def append_reach(userid: str, other: str = "") -> LogId:
    """Append that it must be looked up again whether people, or only `other`, may reach the person."""
    return _append(ReachChange(0, userid, other or userid, 0))


def append_block(blocker: str, blocked: str, *, is_on: bool) -> LogId:
    """Append that `blocked` may not write to `blocker`, or may again."""
    return _append(BlockChange(0, blocker, blocked, is_on, 0))


def append_pin(userid: str, other: str, target: LogId) -> LogId:
    """Append that the person has pinned the message in the conversation with the other."""
    return _append(Pinned(0, userid, other, target, 0))


def _append(change: Any) -> LogId:
    # Names are read before the log is taken.
    (change,) = _with_extensions([change])
    # Without a savepoint, which takes two more ways to the database while everybody's messages wait.
    with transaction.atomic(savepoint=False):
        previous, now = log_end.take()
        change = replace(change, time=now)
        (id_,) = insert_some([values_of(change)])
        log_end.announce_on_commit(previous, [replace(change, id=id_)])
    return id_
