"""What is tested of pruning, erasing, exports and notices on SQLite holds on PostgreSQL too."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql, files

pytestmark = pytest.mark.slow

# Where the two databases are asked in words of their own, or lock in ways of their own. The commands that
# erase and export have tests of their own on PostgreSQL.
DIFFERENT = [
    *files("chat", "pruning"),
    *files("notifications", "due push_queue queue"),
]
ALIKE = [
    *files("chat", "gaps"),
    *files("keeping", "prune hold erase_message erase_person export_user leases own_export"),
    *files("notifications", "begin erase needed wake"),
]


def test_what_asks_each_database_in_its_own_words(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, DIFFERENT)


@pytest.mark.wide
def test_what_asks_both_alike(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, ALIKE)
