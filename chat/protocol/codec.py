"""The protocols that a dialect implements: it decodes requests, and encodes replies and events. Pure."""

from collections.abc import Sequence
from typing import Protocol

from chat.protocol.commands import CommandRequest, Send
from chat.protocol.events import Event
from chat.protocol.replies import Accepted, Failure, Reply, RequestId
from log.rows import Entry, Recipient


class Encoder(Protocol):
    """Encodes events. Connections that share an encoder share the encoded text."""

    def encode(self, event: Event) -> str | None:
        """Return the text of `event`; None if this dialect does not have this kind of event."""


class Codec(Encoder, Protocol):
    """A dialect."""

    @property
    def own(self) -> Encoder | None:
        """The encoder of a person's own actions for their other connections; None if this dialect does not
        send these."""

    def decode(self, text: str) -> CommandRequest | Reply:
        """Return the request in `text`, or the reply that says what is wrong with it. Never raises."""

    def encode_reply(self, reply: Reply, base_url: str) -> str | None:
        """Return the text of `reply`; None if this dialect does not send this reply. `base_url`: the address
        that the client used, as `http://host:port`. If not all members of a group fit, the text holds the
        first that fit."""

    def encode_accepted(self, id: RequestId, accepted: Accepted) -> str | None:
        """Return the text of the reply to the Send with this id; None if this dialect does not have it."""

    def refusal(self, message: Send, sender: str) -> Failure | None:
        """Return why the message cannot be delivered in this dialect; None if it can."""

    def count_fitting(self, peer: Recipient, entries: Sequence[Entry]) -> int:
        """Return how many of the `entries` fit into one reply about `peer`: at least one. `entries` must not
        be empty."""
