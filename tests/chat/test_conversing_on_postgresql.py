"""What is tested of conversations, read marks and changed messages on SQLite holds on PostgreSQL too."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql

pytestmark = pytest.mark.slow

FILES = [
    f"tests/chat/test_{name}.py"
    for name in (
        "amending",
        "blocks",
        "conversations_model",
        "gaps",
        "history",
        "naming",
        "pairs",
        "reactions",
        "read_marks",
        "receipts",
        "sending",
        "voices",
    )
]


def test_it_works(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, FILES)
