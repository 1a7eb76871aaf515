"""Whoever joins a group on SQLite joins it on PostgreSQL too, and nobody else."""

from pathlib import Path

import pytest

from tests.support.on_postgresql import assert_pass_on_postgresql

pytestmark = pytest.mark.slow

FILES = [
    f"tests/groups/test_{name}.py"
    for name in (
        "add_members",
        "bound_groups",
        "create_group",
        "pass_on_ownership",
        "restore",
        "write_meanwhile",
    )
]


def test_it_works(tmp_path: Path) -> None:
    assert_pass_on_postgresql(tmp_path, FILES)
