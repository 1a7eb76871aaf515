"""What is tested of pruning on SQLite holds on PostgreSQL too."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql

pytestmark = pytest.mark.slow

FILES = [
    "tests/chat/test_pruning.py",
    "tests/chat/test_gaps.py",
    "tests/keeping/test_prune.py",
    "tests/keeping/test_hold.py",
    "tests/notifications/test_needed.py",
]


def test_it_works(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, FILES)
