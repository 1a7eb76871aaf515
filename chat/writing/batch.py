"""What the log announces: rows and their position in it. Pure."""

from dataclasses import dataclass

from chat.protocol.rows import LogId, Row


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows appended together. `previous` is the id of the row before them, 0 if there was none."""

    previous: LogId
    rows: tuple[Row, ...]

    @property
    def last(self) -> LogId:
        """The id of the last row; `previous` for a batch without rows."""
        return self.rows[-1].id if self.rows else self.previous
