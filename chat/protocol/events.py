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
    """`userid` has changed one field of the conversation with `to`, which only they see."""

    userid: str
    to: Recipient
    field: str
    value: bool | str | int | list[LogId]


class ContactChange(NamedTuple):
    """The contact state between `userid` and `other` has changed, or `userid` has blocked or unblocked
    `other`. `state`: see `chat.services.contact_requests.contact_state`."""

    userid: str
    other: str
    state: ContactState


class JoinRequests(NamedTuple):
    """`waiting` people ask to join the group, which `userid` manages."""

    userid: str
    group: int
    waiting: int


class PictureShown(NamedTuple):
    """The group's picture has changed. `picture`: its URL."""

    group: int
    picture: str


class Typing(NamedTuple):
    """`userid` is writing to the person or the group `to`."""

    userid: str
    to: Recipient


class Growth(NamedTuple):
    """The bot `userid` is writing the answer `answer` to `to`: `content` follows its first `at` characters.
    `is_done`: clients stop showing it, because it was sent or given up."""

    userid: str
    to: Recipient
    answer: str
    at: int
    content: str
    is_done: bool = False


class PreviewReady(NamedTuple):
    """The preview of the page to which the message `message` of `userid` to `to` links. `preview`: see
    `chat.models.LinkPreview`. `latecomers`: members of the group who joined after the message."""

    userid: str
    to: Recipient
    message: LogId
    preview: dict[str, str]
    latecomers: Collection[str] = ()


class Results(NamedTuple):
    """The results of the responses to the message `target`, as one recipient sees them. `kind`: of the
    message. `id`: the row of the last response, 0 if there is none."""

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
