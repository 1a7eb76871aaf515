"""What the log hands on: rows, and the place they have in it. Pure."""

from dataclasses import dataclass

from chat.protocol.events import Entry


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows appended together. `previous` is the id of the row before them, 0 if there was none."""

    previous: int
    entries: tuple[Entry, ...]

    @property
    def last(self) -> int:
        """The id of the last row; `previous` for a batch without rows."""
        return self.entries[-1].id if self.entries else self.previous
