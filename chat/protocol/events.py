"""The events that clients get, in any dialect. Pure."""

from collections.abc import Collection
from typing import Any, NamedTuple

from chat.protocol.frames import CaughtUp as CaughtUp
from chat.protocol.frames import ContactState
from chat.protocol.frames import Gap as Gap
from chat.protocol.frames import Heartbeat as Heartbeat
from chat.protocol.frames import Presence as Presence
from log.rows import LogId, Recipient, Served


class ReadMark(NamedTuple):
    """`userid` has read everything up to `upto` in the conversation with `to`, or in the group `to`."""

    userid: str
    to: Recipient
    upto: LogId


class ConversationChange(NamedTuple):
    """`userid` has changed one field of the conversation with `to` for the own list."""

    userid: str
    to: Recipient
    field: str
    value: bool | str | int | list[LogId]


class ContactChange(NamedTuple):
    """How `other` stands to `userid` has changed, or whether that one has blocked the other. `state`: see
    `chat.services.contact_requests.state_of`."""

    userid: str
    other: str
    state: ContactState


class JoinRequests(NamedTuple):
    """`waiting` people ask to join the group, which `userid` manages."""

    userid: str
    group: int
    waiting: int


class PictureShown(NamedTuple):
    """The group shows another picture, which has this address."""

    group: int
    picture: str


class Typing(NamedTuple):
    """`userid` is writing to the person or the group `to`."""

    userid: str
    to: Recipient


class Growth(NamedTuple):
    """`userid`, a bot, is writing the answer `answer` to `to`: `content` stands after its first `at`
    characters. `is_done`: it is not shown any more, because it is sent or was given up."""

    userid: str
    to: Recipient
    answer: str
    at: int
    content: str
    is_done: bool = False


class PreviewReady(NamedTuple):
    """What the page says of itself to which the message `message` of `userid` to `to` links. `preview`: see
    `chat.models.LinkPreview`. `latecomers`: members of the group who came after the message."""

    userid: str
    to: Recipient
    message: LogId
    preview: dict[str, str]
    latecomers: Collection[str] = ()


class Results(NamedTuple):
    """What was responded to the message `target`, of this kind, as somebody is told. `id`: the row that says
    so, 0 for none."""

    id: LogId
    conversation: str
    target: LogId
    kind: str
    results: dict[str, Any]


Event = (
    Served
    | Results
    | Heartbeat
    | CaughtUp
    | Gap
    | ReadMark
    | ConversationChange
    | ContactChange
    | JoinRequests
    | PictureShown
    | Typing
    | Growth
    | PreviewReady
    | Presence
)
