"""What clients of the dialect `im66.json.v1` are sent without asking, as text. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chat.protocol.events import (
    CaughtUp,
    ContactChange,
    ConversationChange,
    Event,
    Gap,
    Growth,
    Heartbeat,
    JoinRequests,
    PictureShown,
    Presence,
    PreviewFound,
    ReadMark,
    Typing,
)
from chat.protocol.kinds import SHOWN, shown_in
from log.details import PREVIEW, decoded
from log.rows import (
    EDIT,
    REACTION,
    RECALL,
    AccountStatusChange,
    Amendment,
    Entry,
    GroupChange,
    LogId,
    MembershipNotice,
    Notice,
    Recipient,
    conversation_name,
)

# By whom something is done, where it is nobody of the conversation.
MODERATOR = "moderator"
# What happened to a group.
NOTICE = "notice"

_encode = msgspec.json.Encoder().encode
_decode_restored = msgspec.json.Decoder(dict[str, Any]).decode


# Not a mapping as the other events: it is made and encoded in half the time, for each message of a pair.
class _Message(Struct, tag_field="ev", tag="message", rename={"sender": "from"}, gc=False):
    id: LogId
    conversation: str
    sender: str
    kind: str
    content: str
    extension: str
    time: int
    reply: LogId | UnsetType = UNSET
    cid: str | UnsetType = UNSET


def event_text(event: Event, *, is_own: bool) -> str | None:
    """The frame; None if nothing is told. `is_own`: it is for devices of the person who did it on another."""
    if isinstance(event, Entry):
        return _message_text(event, is_own=is_own)
    told = _told(event, is_own=is_own)
    return None if told is None else text_of(told)


def _told(event: Event, *, is_own: bool) -> dict[str, Any] | None:
    match event:
        case Heartbeat(time):
            return {"ev": "heartbeat", "time": time}
        case Amendment():
            return _amendment(event, is_own=is_own)
        case MembershipNotice() | GroupChange():
            return {"ev": NOTICE, **told_of_notice(event)}
        case AccountStatusChange():
            return _standing(event)
        case ReadMark(userid, to, upto):
            conversation = _conversation(userid, to, is_own=is_own)
            return {"ev": "read", "conversation": conversation, "user": userid, "upto": upto}
        case ConversationChange(_, to, field, value):
            return {"ev": "conversation", "conversation": conversation_name(to), field: value}
        case ContactChange(_, other, state):
            return {"ev": "contact", "user": other, "state": state}
        case JoinRequests(_, group, waiting):
            return {"ev": "requests", "conversation": conversation_name(group), "count": waiting}
        case PictureShown(group, picture):
            return {"ev": "conversation", "conversation": conversation_name(group), "picture": picture}
        case Typing(userid, to):
            return {"ev": "typing", "conversation": _conversation(userid, to, is_own=is_own), "from": userid}
        case Growth():
            return _growth(event)
        case PreviewFound(userid, to, message, preview):
            conversation = _conversation(userid, to, is_own=is_own)
            shown = shown_in({PREVIEW: preview})
            return {"ev": "preview", "conversation": conversation, "target": message, **shown}
        case Presence(userid, is_online):
            return {"ev": "presence", "user": userid, "online": is_online}
        case CaughtUp(id):
            return {"ev": "caught_up", "id": id}
        case Gap(start, end):
            return {"ev": "gap", "from": start, "to": end}
    return None


def _growth(growth: Growth) -> dict[str, Any]:
    conversation = _conversation(growth.userid, growth.to, is_own=False)
    told = {"ev": "growing", "conversation": conversation, "from": growth.userid, "answer": growth.answer}
    if growth.is_done:
        return {**told, "done": True}
    return {**told, "content": growth.content, "more": growth.at > 0}


def _message_text(entry: Entry, *, is_own: bool) -> str:
    id_, kind, sender, to, content, extension, time, reply, cid, _, details = entry
    told = _Message(
        id_,
        _conversation(sender, to, is_own=is_own),
        sender,
        kind,
        content,
        extension,
        time,
        UNSET if reply is None else reply,
        cid if is_own and cid is not None else UNSET,
    )
    if not details and kind not in SHOWN:
        return text_of(told)
    return text_of(shown_in({**msgspec.to_builtins(told), **decoded(details)}))


def told_of_notice(notice: Notice) -> dict[str, Any]:
    """What an event says of it."""
    if isinstance(notice, MembershipNotice):
        what: Mapping[str, Any] = {"joined": notice.joined, "left": notice.left}
    else:
        what = notice.changed
    told = {"id": notice.id, "conversation": f"g:{notice.group}", "time": notice.time, **what}
    return told if notice.by is None else {**told, "by": notice.by}


_EVENTS = {EDIT: "edited", RECALL: "recalled", REACTION: "reaction"}


def _amendment(amendment: Amendment, *, is_own: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "ev": _EVENTS[amendment.kind],
        "id": amendment.id,
        "conversation": _conversation(amendment.sender, amendment.to, is_own=is_own),
        "target": amendment.target,
        "from": amendment.sender,
        "time": amendment.time,
    }
    if amendment.kind == EDIT:
        told |= shown_in({"content": amendment.content, **decoded(amendment.details)})
    if amendment.kind == REACTION:
        told |= {"emoji": amendment.content, "on": amendment.is_on}
    if amendment.restores:
        told |= {"ev": "restored", **shown_in(_decode_restored(amendment.content or "{}"))}
    return {**told, "by": MODERATOR} if amendment.by_desk else told


def _standing(row: AccountStatusChange) -> dict[str, Any] | None:
    change = row.change
    told: dict[str, Any] = {}
    if change.muted is not None:
        # None is for good, which has no second; 0 is a second that has passed.
        told |= {"muted": change.muted, "muted_until": change.until if change.muted else 0}
    if change.banned is not None:
        told["banned"] = change.banned
    if change.warned:
        told["warned"] = True
    if not told:
        return None  # a session has ended, which the connection shows, or it concerns nobody
    if change.group is not None:
        told["conversation"] = f"g:{change.group}"
    if change.reason:
        told["reason"] = change.reason
    return {"ev": "standing", "id": row.id, **told}


def _conversation(sender: str, to: Recipient, *, is_own: bool) -> str:
    """As the one calls it who is told."""
    return conversation_name(to if is_own or isinstance(to, int) else sender)


def text_of(told: Any) -> str:
    """The frame that tells it."""
    return _encode(told).decode()
