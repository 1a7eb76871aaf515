"""What is tested of the log, of conversations and of search on SQLite holds on PostgreSQL too."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql, files

pytestmark = pytest.mark.slow

# Where the two databases are asked in words of their own, or lock and refuse in ways of their own.
DIFFERENT = files(
    "chat",
    "login_reads blocks conversations fulltext history held_messages hiding log mentions naming pairs reader",
    "search reach search_index selectors snapshot sources tsvector write_permissions",
)
ALIKE = files(
    "chat",
    "amending amendments conversations_model ended_stays erasing filling follower gaps latecomers logins",
    "moderating pages profiles reactions read_marks sending telling",
)


def test_what_asks_each_database_in_its_own_words(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, DIFFERENT)


@pytest.mark.wide
def test_what_asks_both_alike(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, ALIKE)
