"""Whoever comes in on SQLite comes in on PostgreSQL too, and nobody else."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql

pytestmark = pytest.mark.slow

FILES = [
    f"tests/accounts/test_{name}.py"
    for name in (
        "authenticate",
        "authenticate_by_session",
        "authenticate_by_token",
        "change_standing",
        "ensure_users",
        "statements",
    )
]


def test_it_works(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, FILES)
