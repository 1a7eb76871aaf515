"""What is tested of notices on SQLite holds on PostgreSQL too."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql

pytestmark = pytest.mark.slow

FILES = [
    f"tests/notifications/test_{name}.py" for name in ("begin", "due", "erase", "push_queue", "queue", "wake")
]


def test_it_works(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, FILES)
