"""What the API answers on SQLite it answers on PostgreSQL too."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql

pytestmark = pytest.mark.slow

FILES = [
    f"tests/api/test_{name}.py"
    for name in (
        "callers",
        "conversations",
        "desk",
        "desk_callers",
        "errors",
        "groups",
        "me",
        "messages",
        "report",
        "rules",
        "search",
        "users",
    )
]


def test_it_works(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, FILES)
