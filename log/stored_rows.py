"""Rows of the log: as the database has them, and as the rest of chat uses them. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from accounts.account_status import Change
from accounts.compact import compact_text
from log.details import decoded
from log.rows import (
    AMENDMENTS,
    BLOCK,
    NOTICE,
    RECALL,
    STANDING,
    AccountStatusChange,
    Amendment,
    BlockChange,
    Entry,
    GroupChange,
    MembershipNotice,
    Notice,
    Recipient,
    Row,
)

# The extension of a reaction that is taken back, of a block that ends, and of a recall that is undone.
OFF = "off"
# The extension of a change of a group of which the shipped apps get a text.
WITH_TEXT = "text"
# The extension of a recall by a moderator, and of one by which the message was erased.
DESK, ERASED = "desk", "erased"
# A recall with one of these is a moderator's.
OF_DESK = frozenset({OFF, DESK, ERASED})

# What the fields of a change of account status are called in the log, which earlier versions read.
_STORED_NAMES = {field: field for field in Change._fields} | {"banned": "locked"}

ROW_FIELDS = (
    "id",
    "kind",
    "sender_id",
    "recipient_id",
    "group_id",
    "content",
    "extension",
    "timet",
    "target",
    "cid",
    "details",
)


def as_row(
    id: int,
    kind: str,
    sender_id: str | None,
    recipient_id: str | None,
    group_id: int | None,
    content: str,
    extension: str,
    timet: int,
    target: int | None = None,
    cid: str | None = None,
    details: str | None = None,
) -> Row:
    """The row with these ROW_FIELDS, as the rest of chat uses it."""
    if kind == NOTICE:
        assert group_id is not None
        return as_notice(id, group_id, content, timet)
    if kind == STANDING:
        assert recipient_id is not None
        return as_account_status(id, recipient_id, content, timet, extension)
    to = recipient_id if group_id is None else group_id
    assert sender_id is not None
    assert to is not None
    if kind == BLOCK:
        return BlockChange(id, sender_id, str(to), extension != OFF, timet, target)
    if kind not in AMENDMENTS:
        return Entry(id, kind, sender_id, to, content, extension, timet, target, cid, 0, details or "")
    assert target is not None
    return as_amendment(id, kind, sender_id, to, target, content, extension, timet, details=details or "")


def as_amendment(
    id: int,
    kind: str,
    sender: str,
    to: Recipient,
    target: int,
    content: str,
    extension: str,
    timet: int,
    origin: int = 0,
    details: str = "",
) -> Amendment:
    """The amendment with these fields of a row. `origin`: see Entry."""
    is_on = extension != OFF
    by_desk = kind == RECALL and extension in OF_DESK
    return Amendment(id, kind, sender, to, target, content, is_on, timet, origin, by_desk, details)


def as_notice(id: int, group_id: int, content: str, timet: int) -> Notice:
    """The notice with a content that `notice_content` or `group_change_content` made."""
    told = json.loads(content)
    by = told.get("by")
    if "changed" in told:
        return GroupChange(id, group_id, by, told["changed"], timet)
    return MembershipNotice(id, group_id, tuple(told["joined"]), tuple(told["left"]), timet, by)


def notice_content(joined: Sequence[str], left: Sequence[str], by: str | None = None) -> str:
    """The content that stores a change of membership in the log."""
    return _noted({"joined": joined, "left": left}, by)


def group_change_content(changed: Mapping[str, Any], by: str | None = None) -> str:
    """The content that stores another change of a group in the log. A process of an earlier version reads it
    as a change of membership in which nobody joins or leaves."""
    return _noted({"joined": [], "left": [], "changed": changed}, by)


def _noted(told: dict[str, Any], by: str | None) -> str:
    return json.dumps(told if by is None else {**told, "by": by}, ensure_ascii=False)


def restored_content(message: Entry) -> str:
    """The content of a row that restores the message as it is now: all that clients need to show it again."""
    told = {
        **decoded(message.details),
        "kind": message.kind,
        "content": message.content,
        "extension": message.extension,
        "sent": message.time,
        "reply": message.reply,
    }
    return compact_text({name: value for name, value in told.items() if value is not None})


def as_account_status(
    id: int, userid: str, content: str, timet: int, extension: str = ""
) -> AccountStatusChange:
    """The row with what `account_status_content` and `account_status_extension` made."""
    told = json.loads(content) | (json.loads(extension) if extension else {})
    known = {field: told[name] for field, name in _STORED_NAMES.items() if name in told}
    return AccountStatusChange(id, userid, Change(**known), timet)


def account_status_content(change: Change) -> str:
    """The content that stores a change of account status in the log: what earlier versions act on. They know
    nothing of mutes in one group."""
    return compact_text(_told_to_all(change))


def account_status_extension(change: Change) -> str:
    """The extension that stores what else the change says; empty if that is nothing."""
    told = _told_to_all(change)
    fields = zip(_STORED_NAMES.values(), change, Change(), strict=True)
    more = {name: value for name, value, usual in fields if name not in told and value != usual}
    return compact_text(more) if more else ""


def _told_to_all(change: Change) -> dict[str, Any]:
    if change.group is not None:
        return {}
    values = {"muted": change.muted, "locked": change.banned, "ended": change.ended or None}
    return {name: value for name, value in values.items() if value is not None}
