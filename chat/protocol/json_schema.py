"""What the server sends in the dialect `im66.json.v1`, as types, and the JSON Schema of all frames. Pure.

`json_events` and `json` make these frames by hand, because they are on the way of each message.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chat.protocol.commands import COMMANDS
from chat.protocol.fields import Kind
from chat.protocol.json_commands import ANY_COMMAND
from chat.protocol.kinds import with_parts
from chat.protocol.kinds.cards import Card
from log.group_choices import with_choices

_Id = Annotated[int, Meta(ge=0)]
_Seconds = Annotated[int, Meta(description="Since 1970.")]
_Conversation = Annotated[str, Meta(pattern="^[ug]:")]


class _Told(Struct, tag_field="ev"):
    """Fields that are not required are left out where there is nothing to say."""


class _Row(_Told):
    """Of the log: its id is the cursor."""

    id: _Id
    conversation: _Conversation
    time: _Seconds


class Preview(Struct):
    """What the page says of itself to which a message links."""

    url: str
    title: str
    description: str | UnsetType = UNSET
    site: str | UnsetType = UNSET
    picture: str | UnsetType = UNSET


class _Forwarded(Struct, rename={"sender": "from"}):
    """Who wrote it first, and when."""

    sender: str
    time: _Seconds


@with_parts
class Message(_Row, tag="message", rename={"sender": "from"}, kw_only=True):
    """Somebody has written."""

    sender: str
    kind: Kind
    content: str
    extension: str
    reply: _Id | UnsetType = UNSET
    cid: str | UnsetType = UNSET
    mentions: list[str] | UnsetType = UNSET
    forwarded: _Forwarded | UnsetType = UNSET


class _OfMessage(_Row, rename={"sender": "from"}, kw_only=True):
    target: _Id
    sender: str


class Edited(_OfMessage, tag="edited", kw_only=True):
    """The message `target` has other content."""

    content: str
    mentions: list[str] | UnsetType = UNSET
    card: Card | UnsetType = UNSET


class Recalled(_OfMessage, tag="recalled", kw_only=True):
    """The message `target` is gone."""

    by: Literal["moderator"] | UnsetType = UNSET


@with_parts
class Restored(_OfMessage, tag="restored", kw_only=True):
    """A moderator's recall of the message `target` is undone. `sent`: the time of the message. Nothing of the
    message is there if it was erased since."""

    by: Literal["moderator"]
    kind: Kind | UnsetType = UNSET
    content: str | UnsetType = UNSET
    extension: str | UnsetType = UNSET
    sent: _Seconds | UnsetType = UNSET
    reply: _Id | UnsetType = UNSET
    mentions: list[str] | UnsetType = UNSET
    forwarded: _Forwarded | UnsetType = UNSET


class Reaction(_OfMessage, tag="reaction", kw_only=True):
    """`from` has given a reaction to the message `target`, or taken it back."""

    emoji: str
    on: bool


@with_choices
class Notice(_Row, tag="notice", kw_only=True):
    """Something has changed in the group."""

    joined: list[str] | UnsetType = UNSET
    left: list[str] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    notice: str | UnsetType = UNSET
    picture: bool | UnsetType = UNSET
    nicknames: list[str] | UnsetType = UNSET
    message_pinned: _Id | UnsetType = UNSET
    message_unpinned: _Id | UnsetType = UNSET
    roles: dict[str, Literal["owner", "admin", "member"]] | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    slow: int | UnsetType = UNSET
    dissolved: Literal[True] | UnsetType = UNSET
    restored: Literal[True] | UnsetType = UNSET
    by: str | UnsetType = UNSET


class Standing(_Told, tag="standing"):
    """A moderator has done something to the person, or it has ended."""

    id: _Id
    muted: bool | UnsetType = UNSET
    muted_until: int | UnsetType | None = UNSET
    conversation: _Conversation | UnsetType = UNSET
    banned: bool | UnsetType = UNSET
    warned: Literal[True] | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class ReadUpTo(_Told, tag="read"):
    """`user` has read everything in the conversation up to this id."""

    conversation: _Conversation
    user: str
    upto: _Id


class ConversationChanged(_Told, tag="conversation"):
    """The person has changed this of the conversation, one of two has pinned, or a picture has changed."""

    conversation: _Conversation
    muted: bool | UnsetType = UNSET
    notify: Literal["all", "mentions", "none"] | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    marked_unread: bool | UnsetType = UNSET
    remark: str | UnsetType = UNSET
    draft: str | UnsetType = UNSET
    removed: Literal[True] | UnsetType = UNSET
    cleared: _Id | UnsetType = UNSET
    hidden: list[_Id] | UnsetType = UNSET
    unhidden: list[_Id] | UnsetType = UNSET
    starred: list[_Id] | UnsetType = UNSET
    unstarred: list[_Id] | UnsetType = UNSET
    stickers: Literal[True] | UnsetType = UNSET
    notice_confirmed: _Id | UnsetType = UNSET
    message_pinned: _Id | UnsetType = UNSET
    message_unpinned: _Id | UnsetType = UNSET
    request: bool | UnsetType = UNSET
    picture: str | UnsetType = UNSET


class ContactChanged(_Told, tag="contact"):
    """How `user` stands to the person has changed, or whether the person has blocked them."""

    user: str
    state: Literal["contact", "incoming", "outgoing", "none"]


class RequestsChanged(_Told, tag="requests"):
    """`count` people ask to join the group, which the person manages."""

    conversation: _Conversation
    count: int


class Typing(_Told, tag="typing", rename={"sender": "from"}):
    """`from` is writing something."""

    conversation: _Conversation
    sender: str


class Growing(_Told, tag="growing", rename={"sender": "from"}, kw_only=True):
    """A bot is writing an answer: `content` is `more` of it, or all. `done`: a message follows, or none."""

    conversation: _Conversation
    sender: str
    answer: str
    content: str | UnsetType = UNSET
    more: bool | UnsetType = UNSET
    done: Literal[True] | UnsetType = UNSET


class PreviewTold(_Told, tag="preview"):
    """The message `target` links to a page that says this of itself."""

    conversation: _Conversation
    target: _Id
    preview: Preview


class Presence(_Told, tag="presence"):
    """One of those who are watched has come online, or gone."""

    user: str
    online: bool


class CaughtUp(_Told, tag="caught_up"):
    """Everything up to this id has come."""

    id: _Id


class Gap(_Told, tag="gap", rename={"start": "from", "end": "to"}):
    """What is between these ids cannot be had."""

    start: _Id
    end: _Id


class Heartbeat(_Told, tag="heartbeat"):
    """The server is there."""

    time: _Seconds


_OfLog = Message | Edited | Recalled | Restored | Reaction | Notice | Standing
_Passing = Typing | Growing | PreviewTold | Presence | CaughtUp | Gap | Heartbeat
Event = _OfLog | ReadUpTo | ConversationChanged | ContactChanged | RequestsChanged | _Passing


class Error(Struct):
    """Why a command was refused. `retry`: try again after so many seconds; `until`: when it ends."""

    code: int
    name: str
    reason: str
    retry: int | UnsetType = UNSET
    until: _Seconds | UnsetType = UNSET
    why: Literal["unwanted"] | UnsetType = UNSET


# What `ok` holds, by command.
OK = {name: command.ok for name, command in COMMANDS.items()}


def commands() -> dict[str, Any]:
    """The JSON Schema of each command, by its name."""
    parts = msgspec.json.schema(ANY_COMMAND)["$defs"].values()
    # Not those that are parts of commands.
    return {part["properties"]["cmd"]["enum"][0]: part for part in parts if "cmd" in part["properties"]}


def schema() -> dict[str, Any]:
    """The JSON Schema of all commands. `$defs` has Event, and the replies: Error, and `ok` by command."""
    (asked, events, error, *replies), parts = msgspec.json.schema_components(
        [ANY_COMMAND, Event, Error, *OK.values()], ref_template="#/$defs/{name}"
    )
    ok = {
        "type": "object",
        "description": "What `ok` of the reply holds, by command.",
        "properties": dict(zip(OK, replies, strict=True)),
    }
    assert error == {"$ref": "#/$defs/Error"}
    return {**asked, "$defs": {**parts, "Event": events, "Ok": ok}}
