"""What is tested of search and of the readers of the log on SQLite holds on PostgreSQL too."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql

pytestmark = pytest.mark.slow

FILES = [
    f"tests/chat/test_{name}.py"
    for name in ("follower", "fulltext", "profiles", "reader", "search", "search_index", "tsvector")
]


def test_it_works(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, FILES)
