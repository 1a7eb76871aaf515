"""The shapes of events and replies. Made by make_types.py; do not edit."""

from typing import Any, Literal, NotRequired, TypedDict

# A button of a card.
CardAction = TypedDict(
    "CardAction",
    {
        "id": str,
        "label": str,
    },
)
# A line of a card.
CardField = TypedDict(
    "CardField",
    {
        "name": str,
        "value": str,
    },
)
# Everything up to this id has come.
CaughtUp = TypedDict(
    "CaughtUp",
    {
        "ev": Literal["caught_up"],
        "id": int,
    },
)
# How `user` stands to the person has changed, or whether the person has blocked them.
ContactChanged = TypedDict(
    "ContactChanged",
    {
        "ev": Literal["contact"],
        "user": str,
        "state": Literal["contact", "incoming", "none", "outgoing"],
    },
)
# The person has changed this of the conversation, one of two has pinned, or a picture has changed.
ConversationChanged = TypedDict(
    "ConversationChanged",
    {
        "ev": Literal["conversation"],
        "conversation": str,
        "muted": NotRequired[bool],
        "notify": NotRequired[Literal["all", "mentions", "none"]],
        "pinned": NotRequired[bool],
        "archived": NotRequired[bool],
        "marked_unread": NotRequired[bool],
        "remark": NotRequired[str],
        "draft": NotRequired[str],
        "removed": NotRequired[Literal[True]],
        "cleared": NotRequired[int],
        "hidden": NotRequired[list[int]],
        "unhidden": NotRequired[list[int]],
        "starred": NotRequired[list[int]],
        "unstarred": NotRequired[list[int]],
        "stickers": NotRequired[Literal[True]],
        "notice_confirmed": NotRequired[int],
        "message_pinned": NotRequired[int],
        "message_unpinned": NotRequired[int],
        "request": NotRequired[bool],
        "picture": NotRequired[str],
    },
)
# Nothing.
Done = TypedDict(
    "Done",
    {
    },
)
# Why a command was refused. `retry`: try again after so many seconds; `until`: when it ends.
Refusal = TypedDict(
    "Refusal",
    {
        "code": int,
        "name": str,
        "reason": str,
        "retry": NotRequired[int],
        "until": NotRequired[int],
        "why": NotRequired[Literal["unwanted"]],
    },
)
# What a message of the kind `file` has besides the address.
File = TypedDict(
    "File",
    {
        "name": str,
        "size": int,
        "type": str,
        "preview": NotRequired[str],
    },
)
# Who wrote it first, and when.
Forwarded = TypedDict(
    "Forwarded",
    {
        "from": str,
        "time": int,
    },
)
# What is between these ids cannot be had.
Gap = TypedDict(
    "Gap",
    {
        "ev": Literal["gap"],
        "from": int,
        "to": int,
    },
)
# A bot is writing an answer: `content` is `more` of it, or all. `done`: a message follows, or none.
Growing = TypedDict(
    "Growing",
    {
        "ev": Literal["growing"],
        "conversation": str,
        "from": str,
        "answer": str,
        "content": NotRequired[str],
        "more": NotRequired[bool],
        "done": NotRequired[Literal[True]],
    },
)
# The server is there.
Heartbeat = TypedDict(
    "Heartbeat",
    {
        "ev": Literal["heartbeat"],
        "time": int,
    },
)
# What a message of the kind `location` has besides the coordinates. Both may be empty.
Place = TypedDict(
    "Place",
    {
        "name": str,
        "address": str,
    },
)
# What a message of the kind `poll` has besides the question.
Poll = TypedDict(
    "Poll",
    {
        "options": list[str],
        "multiple": bool,
        "anonymous": bool,
        "until": NotRequired[int],
        "votes": NotRequired[list[int]],
        "voters": NotRequired[list[list[str]]],
        "mine": NotRequired[list[int]],
        "closed": NotRequired[bool],
    },
)
# Something has changed in the group.
Notice = TypedDict(
    "Notice",
    {
        "ev": Literal["notice"],
        "id": int,
        "conversation": str,
        "time": int,
        "joined": NotRequired[list[str]],
        "left": NotRequired[list[str]],
        "name": NotRequired[str],
        "notice": NotRequired[str],
        "picture": NotRequired[bool],
        "nicknames": NotRequired[list[str]],
        "message_pinned": NotRequired[int],
        "message_unpinned": NotRequired[int],
        "custom": NotRequired[dict[str, Any]],
        "roles": NotRequired[dict[str, Literal["admin", "member", "owner"]]],
        "muted": NotRequired[bool],
        "slow": NotRequired[int],
        "dissolved": NotRequired[Literal[True]],
        "restored": NotRequired[Literal[True]],
        "notice_by": NotRequired[Literal["admins", "members"]],
        "add_by": NotRequired[Literal["admins", "members"]],
        "approval": NotRequired[bool],
        "history": NotRequired[Literal["all", "joined"]],
        "confirm": NotRequired[bool],
        "by": NotRequired[str],
    },
)
# Of a poll: how many have voted for each option, and the first of them by name; not in anonymous ones. `mine`: the options for which oneself has voted.
PollChanged = TypedDict(
    "PollChanged",
    {
        "ev": Literal["poll"],
        "conversation": str,
        "target": int,
        "id": NotRequired[int],
        "votes": NotRequired[list[int]],
        "voters": NotRequired[list[list[str]]],
        "mine": NotRequired[list[int]],
        "closed": NotRequired[bool],
    },
)
# One of those who are watched has come online, or gone.
Presence = TypedDict(
    "Presence",
    {
        "ev": Literal["presence"],
        "user": str,
        "online": bool,
    },
)
# What the page says of itself to which a message links.
Preview = TypedDict(
    "Preview",
    {
        "url": str,
        "title": str,
        "description": NotRequired[str],
        "site": NotRequired[str],
        "picture": NotRequired[str],
    },
)
# `from` has given a reaction to the message `target`, or taken it back.
Reaction = TypedDict(
    "Reaction",
    {
        "ev": Literal["reaction"],
        "id": int,
        "conversation": str,
        "target": int,
        "from": str,
        "time": int,
        "emoji": str,
        "on": bool,
    },
)
# `user` has read everything in the conversation up to this id.
ReadUpTo = TypedDict(
    "ReadUpTo",
    {
        "ev": Literal["read"],
        "conversation": str,
        "user": str,
        "upto": int,
    },
)
# The message `target` is gone.
Recalled = TypedDict(
    "Recalled",
    {
        "ev": Literal["recalled"],
        "id": int,
        "conversation": str,
        "target": int,
        "from": str,
        "time": int,
        "by": NotRequired[Literal["moderator"]],
    },
)
# `count` people ask to join the group, which the person manages.
RequestsChanged = TypedDict(
    "RequestsChanged",
    {
        "ev": Literal["requests"],
        "conversation": str,
        "count": int,
    },
)
# A moderator has done something to the person, or it has ended.
Standing = TypedDict(
    "Standing",
    {
        "ev": Literal["standing"],
        "id": int,
        "muted": NotRequired[bool],
        "muted_until": NotRequired[int | None],
        "banned": NotRequired[bool],
        "warned": NotRequired[Literal[True]],
        "conversation": NotRequired[str],
        "reason": NotRequired[str],
    },
)
ToChange = TypedDict(
    "ToChange",
    {
        "id": int,
        "content": NotRequired[str],
    },
)
ToForward = TypedDict(
    "ToForward",
    {
        "ids": list[int],
    },
)
User = TypedDict(
    "User",
    {
        "userid": str,
        "nickname": str,
        "avatar": str,
        "bot": NotRequired[bool],
    },
)
ToPresence = TypedDict(
    "ToPresence",
    {
        "online": list[str],
    },
)
ToRead = TypedDict(
    "ToRead",
    {
        "unread": int,
    },
)
ToSend = TypedDict(
    "ToSend",
    {
        "id": int,
        "time": int,
        "content": NotRequired[str],
    },
)
# `from` is writing something.
Typing = TypedDict(
    "Typing",
    {
        "ev": Literal["typing"],
        "conversation": str,
        "from": str,
    },
)
Item = TypedDict(
    "Item",
    {
        "from": str,
        "nickname": str,
        "kind": str,
        "content": str,
        "time": int,
    },
)
# What a message of the kind `card` has besides its text. All but the title may be empty.
Card = TypedDict(
    "Card",
    {
        "title": str,
        "text": str,
        "url": str,
        "fields": list[CardField],
        "picture": NotRequired[str],
        "actions": NotRequired[list[CardAction]],
    },
)
# The message `target` links to a page that says this of itself.
PreviewTold = TypedDict(
    "PreviewTold",
    {
        "ev": Literal["preview"],
        "conversation": str,
        "target": int,
        "preview": Preview,
    },
)
ToHello = TypedDict(
    "ToHello",
    {
        "user": User,
        "log": str,
        "head": int,
        "heartbeat": float,
        "limits": dict[str, int],
        "features": list[str],
    },
)
Bundle = TypedDict(
    "Bundle",
    {
        "title": str,
        "items": list[Item],
    },
)
# The message `target` has other content.
Edited = TypedDict(
    "Edited",
    {
        "ev": Literal["edited"],
        "id": int,
        "conversation": str,
        "target": int,
        "from": str,
        "time": int,
        "content": str,
        "mentions": NotRequired[list[str]],
        "custom": NotRequired[dict[str, Any]],
        "card": NotRequired[Card],
    },
)
# Somebody has written.
Message = TypedDict(
    "Message",
    {
        "ev": Literal["message"],
        "id": int,
        "conversation": str,
        "from": str,
        "kind": Literal["audio", "bundle", "card", "emotion", "file", "location", "picture", "poll", "text", "video"],
        "content": str,
        "extension": str,
        "time": int,
        "reply": NotRequired[int],
        "cid": NotRequired[str],
        "mentions": NotRequired[list[str]],
        "forwarded": NotRequired[Forwarded],
        "silent": NotRequired[Literal[True]],
        "custom": NotRequired[dict[str, Any]],
        "file": NotRequired[File],
        "place": NotRequired[Place],
        "bundle": NotRequired[Bundle],
        "card": NotRequired[Card],
        "poll": NotRequired[Poll],
    },
)
# A moderator's recall of the message `target` is undone. `sent`: the time of the message. Nothing of the message is there if it was erased since.
Restored = TypedDict(
    "Restored",
    {
        "ev": Literal["restored"],
        "id": int,
        "conversation": str,
        "target": int,
        "from": str,
        "time": int,
        "mentions": NotRequired[list[str]],
        "forwarded": NotRequired[Forwarded],
        "silent": NotRequired[Literal[True]],
        "custom": NotRequired[dict[str, Any]],
        "kind": NotRequired[Literal["audio", "bundle", "card", "emotion", "file", "location", "picture", "poll", "text", "video"]],
        "content": NotRequired[str],
        "extension": NotRequired[str],
        "sent": NotRequired[int],
        "reply": NotRequired[int],
        "by": Literal["moderator"],
        "file": NotRequired[File],
        "place": NotRequired[Place],
        "bundle": NotRequired[Bundle],
        "card": NotRequired[Card],
        "poll": NotRequired[Poll],
    },
)
Event = Message | Edited | Recalled | Restored | Reaction | PollChanged | Notice | Standing | ReadUpTo | ConversationChanged | ContactChanged | RequestsChanged | Typing | Growing | PreviewTold | Presence | CaughtUp | Gap | Heartbeat
