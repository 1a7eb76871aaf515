"""Gives changes a place in the log: those of groups, of somebody's standing, and of blocks.

Each is called in the transaction of the change, which holds the log's end from here on, and returns the
position of the change in the log.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction

from accounts.account_status import Change
from log import log_end
from log.inserting import insert_some
from log.rows import BLOCK, NOTICE, STANDING, AccountStatusChange, BlockChange, GroupChange, LogId
from log.stored_rows import (
    OFF,
    WITH_TEXT,
    account_status_content,
    account_status_extension,
    as_notice,
    group_change_content,
    notice_content,
)

# The shipped apps read some changes as texts. Their dialect makes these, and it lies above the log.
_with_extensions: Callable[[list[Any]], list[Any]] = list


def extend_with(with_extensions: Callable[[list[Any]], list[Any]]) -> None:
    """Let this set the extensions of changes from now on: see GroupChange."""
    global _with_extensions
    _with_extensions = with_extensions


def append_notice(group_id: int, joined: Sequence[str], left: Sequence[str], by: str | None = None) -> LogId:
    """Append a notice of a change of membership."""
    return _append_notice(group_id, notice_content(joined, left, by))


def append_group_change(group_id: int, changed: Mapping[str, Any], by: str | None = None) -> LogId:
    """Append another change of a group."""
    # Names are read before the log is taken.
    (change,) = _with_extensions([GroupChange(0, group_id, by, changed, 0)])
    return _append_notice(group_id, group_change_content(changed, by), change.extension)


def _append_notice(group_id: int, content: str, extension: str = "") -> LogId:
    # Without a savepoint, which takes two more ways to the database while everybody's messages wait.
    with transaction.atomic(savepoint=False):
        previous, now = log_end.take()
        mark = WITH_TEXT if extension else ""
        (id_,) = insert_some([(NOTICE, None, None, group_id, content, mark, now, None, None, None)])
        notice = as_notice(id_, group_id, content, now)
        if isinstance(notice, GroupChange):
            notice = notice._replace(extension=extension)
        log_end.announce_on_commit(previous, [notice])
    return notice.id


def append_account_status(userid: str, change: Change) -> LogId:
    """Append a change of the person's standing."""
    with transaction.atomic():
        previous, now = log_end.take()
        # The person stands for the sender too. A process of an earlier version takes the row for a message,
        # and never gives anybody what they sent to themselves.
        content, extension = account_status_content(change), account_status_extension(change)
        (id_,) = insert_some([(STANDING, userid, userid, None, content, extension, now, None, None, None)])
        log_end.announce_on_commit(previous, [AccountStatusChange(id_, userid, change, now)])
    return id_


def append_reach(userid: str, other: str = "") -> LogId:
    """Append that it must be looked up again whether people, or only `other`, may reach the person."""
    return append_block(userid, other or userid, is_on=False)


def append_block(blocker: str, blocked: str, *, is_on: bool) -> LogId:
    """Append that `blocked` may not write to `blocker`, or may again."""
    return _append_block(blocker, blocked, is_on=is_on)


def append_pin(userid: str, other: str, target: LogId) -> LogId:
    """Append that the person has pinned the message in the conversation with the other."""
    return _append_block(userid, other, is_on=False, pinned=target)


def _append_block(blocker: str, blocked: str, *, is_on: bool, pinned: LogId | None = None) -> LogId:
    (change,) = _with_extensions([BlockChange(0, blocker, blocked, is_on, 0, pinned)])
    with transaction.atomic():
        previous, now = log_end.take()
        (id_,) = insert_some(
            [(BLOCK, blocker, blocked, None, "", "" if is_on else OFF, now, pinned, None, None)]
        )
        log_end.announce_on_commit(previous, [change._replace(id=id_, time=now)])
    return id_
