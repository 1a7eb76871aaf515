"""What a dialect does: text to commands, events to text. Pure."""

from dataclasses import dataclass
from typing import Protocol

from chat.protocol.commands import Command
from chat.protocol.events import Event, Failure


class Codec(Protocol):
    """A dialect: how commands and events are written as text."""

    def decode(self, frame: str) -> Command | Failure:
        """The command in `frame`, or why there is none. Raises nothing, whatever the text."""

    def encode(self, event: Event) -> str | None:
        """The frame that tells of `event`; None where clients of this dialect know nothing of the kind."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest frame and the largest content of a text, in bytes of UTF-8."""

    frame: int = 1024 * 1024
    text: int = 64 * 1024
