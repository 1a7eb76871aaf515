"""What is tested of moderated messages on SQLite holds on PostgreSQL too."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql

pytestmark = pytest.mark.slow

FILES = [
    f"tests/chat/test_{name}.py"
    for name in (
        "amendments",
        "arrivals",
        "conversations",
        "ended_stays",
        "erasing",
        "filling",
        "holding",
        "latecomers",
        "log",
        "logins",
        "moderating",
        "pages",
        "repeating",
        "selectors",
        "snapshot",
        "sources",
        "telling",
    )
]


def test_it_works(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, FILES)
