"""What is to be appended to the log. Pure."""

from typing import NamedTuple

from chat.protocol.rows import LogId, Recipient


class Draft(NamedTuple):
    """A message, or an amendment of one, that has no position in the log yet. `address`: where its sender is.

    `target`: the message that it replies to, or that it amends. For `cid` and `origin` see Entry.
    """

    kind: str
    sender: str
    to: Recipient
    content: str
    extension: str
    address: str = ""
    target: LogId | None = None
    cid: str | None = None
    origin: int = 0
