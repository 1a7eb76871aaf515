"""The work of a dialect: text to requests; replies and events to text. Pure."""

from collections.abc import Sequence
from typing import Protocol

from chat.protocol.commands import CommandRequest, Send
from chat.protocol.events import Event
from chat.protocol.replies import Accepted, Failure, Reply, RequestId
from log.rows import Entry, Recipient


class Encoder(Protocol):
    """Makes texts of events. Connections that share an encoder share the text."""

    def encode(self, event: Event) -> str | None:
        """The text of `event`; None if this dialect does not have this kind of event."""


class Codec(Encoder, Protocol):
    """A dialect."""

    @property
    def own(self) -> Encoder | None:
        """What makes the texts of what a person wrote, for the person's other connections. None if these get
        no such texts."""

    def decode(self, text: str) -> CommandRequest | Reply:
        """The request in `text` or, if there is none, the reply that says why. Raises nothing, whatever the
        text."""

    def encode_reply(self, reply: Reply, base_url: str) -> str | None:
        """The text of `reply`; None if this dialect does not send this reply. `base_url`: the address that
        the client used, as `http://host:port`. If not all members of a group fit, it holds the first of
        them."""

    def encode_accepted(self, id: RequestId, accepted: Accepted) -> str | None:
        """The text of the reply to the Send with this id; None if this dialect has no such reply."""

    def refusal(self, message: Send, sender: str) -> Failure | None:
        """Why the message cannot be delivered in this dialect; None if it can."""

    def count_fitting(self, peer: Recipient, entries: Sequence[Entry]) -> int:
        """How many of the `entries`, which are not empty, fit into one reply about `peer`: at least one."""
