"""Encodes events as frames of the dialect `im66.json.v1`. Pure."""

from typing import Any, TypeVar

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from accounts.account_status import Change
from chat.protocol import events
from chat.protocol.events import Event
from chat.protocol.frames import (
    AMENDMENTS,
    RESULTS,
    ContactChanged,
    ConversationChanged,
    Frame,
    Growing,
    Message,
    Notice,
    PreviewTold,
    ReadUpTo,
    RequestsChanged,
    Restored,
    Standing,
    Typing,
)
from chat.protocol.kinds import REWRITTEN, for_clients
from log.details import PREVIEW, decoded
from log.rows import (
    RESPONSE,
    RESPONSES,
    AccountStatusChange,
    Amendment,
    Entry,
    GroupChange,
    MembershipNotice,
    Recipient,
    conversation_name,
)
from log.rows import Notice as NoticeRow

N = TypeVar("N", bound=Notice)

_encode = msgspec.json.Encoder().encode


def event_text(event: Event, *, is_own: bool) -> str | None:
    """Return the frame of the event as text; None if clients do not get this event. `is_own`: the recipients
    are other devices of the person who caused it."""
    frame = message_of(event, is_own=is_own) if isinstance(event, Entry) else _frame(event, is_own=is_own)
    return None if frame is None else text_of(frame)


def text_of(frame: Any) -> str:
    """Encode a frame."""
    return _encode(frame).decode()


def notice_of(row: NoticeRow, shape: type[N]) -> N:
    """Make the notice of a change of a group, in the given Struct."""
    if isinstance(row, MembershipNotice):
        changed: dict[str, Any] = {"joined": row.joined, "left": row.left}
    else:
        changed = row.changed
    by: dict[str, Any] = {} if row.by is None else {"by": row.by}
    return shape(id=row.id, conversation=f"g:{row.group}", time=row.time, **changed, **by)


def message_of(entry: Entry, *, is_own: bool) -> Message:
    """Make the frame of a message. `is_own`: see `event_text`."""
    id_, kind, sender, to, content, extension, time, reply, cid, _, details = entry
    message = Message(
        id_,
        _conversation_for_recipient(sender, to, is_own=is_own),
        sender,
        kind,
        content,
        extension,
        time,
        UNSET if reply is None else reply,
        cid if is_own and cid is not None else UNSET,
    )
    if not details and kind not in REWRITTEN:
        return message
    return replace(message, **for_clients({"kind": kind, "content": content, **decoded(details)}))


def _frame(event: Event, *, is_own: bool) -> Frame | None:
    match event:
        case Frame():
            return event
        case Amendment(kind=kind) if kind in RESPONSES:
            # Other people must not learn who has answered what.
            return _response_frame(event) if is_own and event.content else None
        case Amendment():
            return amendment_of(event, is_own=is_own)
        case events.Results(id, conversation, target, kind, fields):
            results: Frame = RESULTS[kind](conversation=conversation, target=target, id=id or UNSET, **fields)
            return results
        case MembershipNotice() | GroupChange():
            return notice_of(event, Notice)
        case AccountStatusChange(id=id, change=change):
            return _standing_frame(id, change)
        case events.ReadMark(userid, to, upto):
            return ReadUpTo(_conversation_for_recipient(userid, to, is_own=is_own), userid, upto)
        case events.ConversationChange(_, to, field, value):
            changed: dict[str, Any] = {field: value}
            return ConversationChanged(conversation_name(to), **changed)
        case events.ContactChange(_, other, state):
            return ContactChanged(other, state)
        case events.JoinRequests(_, group, waiting):
            return RequestsChanged(conversation_name(group), waiting)
        case events.PictureShown(group, picture):
            return ConversationChanged(conversation_name(group), picture=picture)
        case events.Typing(userid, to):
            return Typing(_conversation_for_recipient(userid, to, is_own=is_own), userid)
        case events.Growth(userid, to, answer, at, content, is_done):
            growing = Growing(_conversation_for_recipient(userid, to, is_own=False), userid, answer)
            return replace(growing, done=True) if is_done else replace(growing, content=content, more=at > 0)
        case events.PreviewReady(userid, to, message, preview):
            fields = for_clients({PREVIEW: preview})
            return PreviewTold(_conversation_for_recipient(userid, to, is_own=is_own), message, **fields)
    return None


def amendment_of(row: Amendment, *, is_own: bool) -> Frame:
    """Make the frame of an amendment. `is_own`: see `event_text`."""
    conversation = _conversation_for_recipient(row.sender, row.to, is_own=is_own)
    frame = Restored if row.restores else AMENDMENTS[row.kind]
    return frame.of(row, row.id, conversation, row.target, row.sender, row.time)


def _response_frame(row: Amendment) -> Frame:
    """Make the frame of a response for other devices of the person who responded."""
    ((kind, value),) = decoded(row.content).items()
    fields = {"mine": value} if row.kind == RESPONSE else {"closed": value}
    conversation = conversation_name(row.to)
    frame: Frame = RESULTS[kind](conversation=conversation, target=row.target, id=row.id, **fields)
    return frame


def _standing_frame(id: int, change: Change) -> Standing | None:
    if change.muted is None and change.banned is None and not change.warned:
        return None  # such as a session that has ended, for which the connection sends a failure
    # None: muted for good. 0: a second in the past, for a mute that has ended.
    until = change.until if change.muted else 0
    return Standing(
        id,
        muted=UNSET if change.muted is None else change.muted,
        muted_until=UNSET if change.muted is None else until,
        banned=UNSET if change.banned is None else change.banned,
        warned=True if change.warned else UNSET,
        conversation=UNSET if change.group is None else f"g:{change.group}",
        reason=change.reason or UNSET,
    )


def _conversation_for_recipient(sender: str, to: Recipient, *, is_own: bool) -> str:
    """Return the id of the conversation as the recipient of the event names it."""
    return conversation_name(to if is_own or isinstance(to, int) else sender)
