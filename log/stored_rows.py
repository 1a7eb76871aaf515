"""Rows of the log: as the database has them, and as the rest of chat uses them. Pure."""

from typing import Any

import msgspec

from accounts.compact import compact_text
from log.details import decoded
from log.rows import AMENDMENTS, CHANGES, RECALL, Amendment, Change, Entry, Recipient, Row

# The extension of a reaction that is taken back, of a block that ends, and of a recall that is undone.
OFF = "off"
# The extension of a change of which the shipped apps get a text.
WITH_TEXT = "text"
# The extension of a recall by a moderator, and of one by which the message was erased.
DESK, ERASED = "desk", "erased"
# A recall with one of these is a moderator's.
OF_DESK = frozenset({OFF, DESK, ERASED})

_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(dict[str, Any]).decode

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
    if kind in CHANGES:
        fields: dict[str, Any] = _decode(content) if content else {}
        fields |= {"id": id, "userid": sender_id, "other": recipient_id, "group": group_id}
        fields |= {"time": timet, "target": target, "cid": cid}
        change: Row = msgspec.convert(fields, CHANGES[kind])
        return change
    to = recipient_id if group_id is None else group_id
    assert sender_id is not None
    assert to is not None
    if kind not in AMENDMENTS:
        return Entry(id, kind, sender_id, to, content, extension, timet, target, cid, 0, details or "")
    assert target is not None
    return as_amendment(id, kind, sender_id, to, target, content, extension, timet, details=details or "")


def values_of(change: Change) -> tuple[Any, ...]:
    """What stores the change: the values of ROW_FIELDS but the first."""
    fields = msgspec.to_builtins(change)
    del fields["id"]
    kind, group, userid = fields.pop("kind"), fields.pop("group", None), fields.pop("userid", None)
    # What concerns one person only is from them to themselves: they are not behind because of it.
    other = fields.pop("other", userid)
    extension = WITH_TEXT if fields.pop("extension", "") else ""
    time, target, cid = fields.pop("time"), fields.pop("target", None), fields.pop("cid", None)
    content = _encode(fields).decode() if fields else ""
    return (kind, userid, other, group, content, extension, time, target, cid, None)


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


def restored_content(message: Entry) -> str:
    """The content of a row that restores the message as it is now: all that clients need to show it again."""
    fields = {
        **decoded(message.details),
        "kind": message.kind,
        "content": message.content,
        "extension": message.extension,
        "sent": message.time,
        "reply": message.reply,
    }
    return compact_text({name: value for name, value in fields.items() if value is not None})
