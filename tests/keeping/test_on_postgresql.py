"""What is tested of pruning, erasing, exports and notices on SQLite holds on PostgreSQL too."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql

pytestmark = pytest.mark.slow

FILES = [
    *(f"tests/chat/test_{name}.py" for name in ("pruning", "gaps")),
    *(
        f"tests/keeping/test_{name}.py"
        for name in ("prune", "hold", "erase_message", "erase_person", "export_user")
    ),
    *(
        f"tests/notifications/test_{name}.py"
        for name in ("begin", "due", "erase", "needed", "push_queue", "queue", "wake")
    ),
]


def test_what_holds_on_sqlite_holds_on_postgresql(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, FILES)
