"""What the log has of a group."""

from collections import Counter
from typing import Any, NamedTuple

from testkit.server import Server

_ROWS = """
SELECT id, kind, sender_id, target, content, extension, cid FROM log_message
WHERE group_id = {} AND kind NOT IN ('membership', 'group') ORDER BY id
"""


class Row(NamedTuple):
    """One row of it."""

    id: int
    kind: str
    sender: str
    target: int | None
    content: str
    extension: str
    cid: str | None

    @property
    def name(self) -> str:
        """Of a message: its cid, or what it says, if it has none. Each is sent once."""
        return self.cid or self.content


class Log:
    """All that people have written there, and changed."""

    def __init__(self, server: Server, group: str) -> None:
        self.rows = [Row(*row) for row in server.query(_ROWS.format(int(group)))]
        self.messages = [row for row in self.rows if row.kind == "text"]
        self._recalled = {row.target for row in self.rows if row.kind == "recall"}
        self._edits = {row.target: row.id for row in self.rows if row.kind == "edit"}

    def due(self, after: int = 0) -> list[Row]:
        """What everybody must be told: no message that was recalled, and of its edits the last one."""
        return [row for row in self.rows if row.id > after and self._is_due(row)]

    def repeated(self) -> list[Any]:
        """The recalls and reactions that are in it more than once."""
        changes = Counter(row[1:] for row in self.rows if row.kind in ("recall", "reaction"))
        return [change for change, times in changes.items() if times > 1]

    def _is_due(self, row: Row) -> bool:
        if row.kind == "edit":
            return row.target not in self._recalled and self._edits[row.target] == row.id
        return row.id not in self._recalled
