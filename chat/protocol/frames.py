"""The events of the dialect `im66.json.v1`: one Struct for each, which is encoded as it is, and described by
the schema. Pure.

Optional fields are UNSET, and so not sent, if they have no value.
"""

from typing import Annotated, Any, Literal, Self, Union

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chat.protocol.fields import Kind
from chat.protocol.kinds import RESPONDING, for_clients, kind_of, with_parts
from chat.protocol.kinds.cards import Card
from chat.protocol.kinds.kind import optional_fields
from log.details import decoded
from log.group_changes import with_changes
from log.group_choices import with_fields
from log.rows import EDIT, REACTION, RECALL, Amendment, LogId, Seconds

# The value of `by` if a moderator has done it.
MODERATOR: Literal["moderator"] = "moderator"
# The event of a change of a group.
NOTICE = "notice"

_decode_restored = msgspec.json.Decoder(dict[str, Any]).decode

Conversation = Annotated[str, Meta(pattern="^[ug]:")]
ContactState = Literal["contact", "incoming", "outgoing", "none"]
# The messages of a conversation for which the person wants notifications.
Notify = Literal["all", "mentions", "none"]


def described(description: str) -> Meta:
    """Return the description of a field, for pages and schemas."""
    return Meta(description=description)


Silent = Annotated[Literal[True], described("It makes no sound and is not pushed.")]


class Frame(Struct, tag_field="ev"):
    """An event of the dialect."""


class Heartbeat(Frame, tag="heartbeat"):
    """The server is there."""

    time: Seconds


class CaughtUp(Frame, tag="caught_up"):
    """Everything up to this id has come."""

    id: LogId


class Gap(Frame, tag="gap", rename={"start": "from", "end": "to"}):
    """What is between these ids cannot be had."""

    start: LogId
    end: LogId

    @property
    def id(self) -> LogId:
        """The position of the gap among the rows."""
        return self.end


class _LogFrame(Frame):
    """Of the log: its id is the cursor."""

    id: LogId
    conversation: Conversation
    time: Seconds


class Preview(Struct):
    """What the page says of itself to which a message links."""

    url: str
    title: str
    description: str | UnsetType = UNSET
    site: str | UnsetType = UNSET
    picture: str | UnsetType = UNSET


class Forwarded(Struct, rename={"sender": "from"}):
    """Who wrote it first, and when."""

    sender: str
    time: Seconds


Attached = Annotated[dict[str, Any], described("What a program has attached.")] | UnsetType


@with_parts
# `gc=False` for speed: an instance is made for each message.
class MessageFields(Struct, rename={"sender": "from"}, gc=False):
    """What the event, the API and webhooks have of a message."""

    id: LogId
    conversation: Conversation
    sender: str
    kind: Kind
    content: str
    extension: str
    time: Seconds
    reply: Annotated[LogId, described("The message that it replies to.")] | UnsetType = UNSET
    cid: Annotated[str, described("Of one's own messages: the name they were given.")] | UnsetType = UNSET
    mentions: Annotated[list[str], described("Members of the group; `*`: all of them.")] | UnsetType = UNSET
    forwarded: Forwarded | UnsetType = UNSET
    silent: Silent | UnsetType = UNSET
    custom: Attached = UNSET


class Message(MessageFields, tag_field="ev", tag="message", gc=False):
    """Somebody has written."""


class _AmendmentFrame(Frame, rename={"sender": "from"}):
    id: LogId
    conversation: Conversation
    target: LogId
    sender: str
    time: Seconds

    @classmethod
    def of(cls, amendment: Amendment, *common: Any) -> Self:
        """Make the frame of the amendment. `common`: the values of the fields above."""
        return cls(*common)


class Edited(_AmendmentFrame, tag="edited"):
    """The message `target` has other content."""

    content: str
    mentions: list[str] | UnsetType = UNSET
    custom: Attached = UNSET
    card: Card | UnsetType = UNSET

    @classmethod
    def of(cls, amendment: Amendment, *common: Any) -> Self:
        return cls(*common, **for_clients({"content": amendment.content, **decoded(amendment.details)}))


class Recalled(_AmendmentFrame, tag="recalled"):
    """The message `target` is gone."""

    by: Literal["moderator"] | UnsetType = UNSET

    @classmethod
    def of(cls, amendment: Amendment, *common: Any) -> Self:
        return cls(*(*common, MODERATOR if amendment.by_desk else UNSET))


@with_parts
class Restored(_AmendmentFrame, tag="restored", kw_only=True):
    """A moderator's recall of the message `target` is undone. `sent`: the time of the message. Nothing of the
    message is there if it was erased since."""

    mentions: list[str] | UnsetType = UNSET
    forwarded: Forwarded | UnsetType = UNSET
    silent: Silent | UnsetType = UNSET
    custom: Attached = UNSET
    kind: Kind | UnsetType = UNSET
    content: str | UnsetType = UNSET
    extension: str | UnsetType = UNSET
    sent: Seconds | UnsetType = UNSET
    reply: LogId | UnsetType = UNSET
    by: Literal["moderator"]

    @classmethod
    def of(cls, amendment: Amendment, *common: Any) -> Self:
        fields = for_clients(_decode_restored(amendment.content or "{}"))
        return cls(*common, **fields, by=MODERATOR)


class Reaction(_AmendmentFrame, tag="reaction"):
    """`from` has given a reaction to the message `target`, or taken it back."""

    emoji: str
    on: bool

    @classmethod
    def of(cls, amendment: Amendment, *common: Any) -> Self:
        return cls(*(*common, amendment.content, amendment.is_on))


# The frames of amendments by kind. A recall that is undone has the frame Restored.
AMENDMENTS: dict[str, type[_AmendmentFrame]] = {EDIT: Edited, RECALL: Recalled, REACTION: Reaction}


class ResultsChanged(Frame, kw_only=True):
    """People have responded to the message `target`. What is missing is as before. `id`: if a row says so."""

    conversation: Conversation
    target: LogId
    id: LogId | UnsetType = UNSET


# The events of changed results, by the kind of the message.
RESULTS: dict[str, Any] = {
    name: msgspec.defstruct(
        f"{kind_of(name).part.title()}Changed",
        optional_fields(responding.results),
        bases=(ResultsChanged,),
        namespace={"__doc__": responding.results.__doc__},
        tag=name,
        kw_only=True,
    )
    for name, responding in RESPONDING.items()
}


# `by` is the last field.
@with_fields([("by", str | UnsetType, UNSET)])
@with_changes
class Notice(_LogFrame, tag=NOTICE, kw_only=True):
    """Something has changed in the group."""

    joined: list[str] | UnsetType = UNSET
    left: list[str] | UnsetType = UNSET


class Standing(Frame, tag="standing"):
    """A moderator has done something to the person, or it has ended."""

    id: LogId
    muted: bool | UnsetType = UNSET
    muted_until: int | UnsetType | None = UNSET
    banned: bool | UnsetType = UNSET
    warned: Literal[True] | UnsetType = UNSET
    conversation: Conversation | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class ReadUpTo(Frame, tag="read"):
    """`user` has read everything in the conversation up to this id."""

    conversation: Conversation
    user: str
    upto: LogId


class ConversationChanged(Frame, tag="conversation"):
    """The person has changed this of the conversation, one of two has pinned, or a picture has changed."""

    conversation: Conversation
    muted: bool | UnsetType = UNSET
    notify: Notify | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    marked_unread: bool | UnsetType = UNSET
    remark: str | UnsetType = UNSET
    draft: str | UnsetType = UNSET
    removed: Literal[True] | UnsetType = UNSET
    cleared: LogId | UnsetType = UNSET
    hidden: list[LogId] | UnsetType = UNSET
    unhidden: list[LogId] | UnsetType = UNSET
    starred: list[LogId] | UnsetType = UNSET
    unstarred: list[LogId] | UnsetType = UNSET
    stickers: Literal[True] | UnsetType = UNSET
    notice_confirmed: LogId | UnsetType = UNSET
    message_pinned: LogId | UnsetType = UNSET
    message_unpinned: LogId | UnsetType = UNSET
    request: bool | UnsetType = UNSET
    picture: str | UnsetType = UNSET


class ContactChanged(Frame, tag="contact"):
    """How `user` stands to the person has changed, or whether the person has blocked them."""

    user: str
    state: ContactState


class RequestsChanged(Frame, tag="requests"):
    """`count` people ask to join the group, which the person manages."""

    conversation: Conversation
    count: int


class Typing(Frame, tag="typing", rename={"sender": "from"}):
    """`from` is writing something."""

    conversation: Conversation
    sender: str


class Growing(Frame, tag="growing", rename={"sender": "from"}):
    """A bot is writing an answer: `content` is `more` of it, or all. `done`: a message follows, or none."""

    conversation: Conversation
    sender: str
    answer: str
    content: str | UnsetType = UNSET
    more: bool | UnsetType = UNSET
    done: Literal[True] | UnsetType = UNSET


class PreviewTold(Frame, tag="preview"):
    """The message `target` links to a page that says this of itself."""

    conversation: Conversation
    target: LogId
    preview: Preview


class Presence(Frame, tag="presence", rename={"userid": "user", "is_online": "online"}):
    """One of those who are watched has come online, or gone."""

    userid: str
    is_online: bool


_AmendmentEvent: Any = Union[(Edited, Recalled, Restored, Reaction, *RESULTS.values())]
_LogEvent = Message | _AmendmentEvent | Notice | Standing
_EphemeralEvent = Typing | Growing | PreviewTold | Presence | CaughtUp | Gap | Heartbeat
Event = _LogEvent | ReadUpTo | ConversationChanged | ContactChanged | RequestsChanged | _EphemeralEvent
