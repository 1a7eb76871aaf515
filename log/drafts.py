"""What is to be appended to the log, and what the log then announces. Pure."""

from dataclasses import dataclass
from typing import NamedTuple

from log.rows import LogId, Recipient, Row


class Draft(NamedTuple):
    """A message, or an amendment of one, that has no position in the log yet. `address`: where its sender is.

    `target`: the message that it replies to, or that it amends. For `cid`, `origin` and `details` see Entry.
    `sent_as`: of one that waits for a moderator, its kind. `sources`: messages that show the same; if one of
    them is recalled, the draft is not appended.
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
    details: str = ""
    sent_as: str = ""
    sources: tuple[LogId, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows appended together. `previous` is the id of the row before them, 0 if there was none."""

    previous: LogId
    rows: tuple[Row, ...]

    @property
    def last(self) -> LogId:
        """The id of the last row; `previous` for a batch without rows."""
        return self.rows[-1].id if self.rows else self.previous
