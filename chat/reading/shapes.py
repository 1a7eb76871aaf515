"""What programs read of messages beside sockets: the API gives it, and exports do."""

from typing import Any

from msgspec import to_builtins

from chat.protocol.frames import MODERATOR
from chat.protocol.json_events import notice_of
from chat.protocol.kinds import shown_in
from chat.reading.pages import Shown
from log.details import PREVIEW, decoded
from log.rows import Notice, conversation_name


def message(one: Shown, userid: str, *, with_extension: bool = True) -> dict[str, Any]:
    """The message as `userid` sees it. `with_extension`: with what the shipped apps read of it."""
    entry = one.entry
    said: dict[str, Any] = {
        "id": entry.id,
        "conversation": conversation_name(entry.peer_of(userid)),
        "from": entry.sender,
        "kind": entry.kind,
        "content": entry.content,
        "extension": entry.extension,
        "time": entry.time,
        "edited": one.edited,
        "reactions": one.reactions.userids,
    }
    if one.reactions.counts:
        said["reaction_counts"] = one.reactions.counts
    if one.preview:
        said[PREVIEW] = one.preview
    said = shown_in(said | decoded(entry.details))
    if one.recalled:
        del said["content"]
        said["recalled"] = True
    if one.recalled or not with_extension:
        del said["extension"]
    if one.by_desk:
        said["by"] = MODERATOR
    if one.starred:
        said["starred"] = True
    if entry.reply is not None:
        said["reply"] = entry.reply
    if entry.cid is not None and entry.sender == userid:
        said["cid"] = entry.cid
    return said


def notice(row: Notice) -> dict[str, Any]:
    """What happened to a group, among its messages: as the event of the dialect has it."""
    event = to_builtins(notice_of(row))
    return {"kind": event.pop("ev"), **event}
