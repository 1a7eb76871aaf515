"""The database in a file is its owner's alone."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from im66.privacy import keep_private
from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer

MAGIC = b"SQLite format 3\0"
SUFFIXES = ["", "-wal", "-shm"]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _modes(database: Path) -> list[int]:
    return [_mode(database.with_name(database.name + suffix)) for suffix in SUFFIXES]


@pytest.fixture
def open_umask() -> Iterator[None]:
    """As most systems have it: everybody may read a new file."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.slow
@pytest.mark.usefixtures("open_umask")
def test_database_created_by_migrate_is_private(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.manage("migrate", "accounts", "--verbosity", "0")
    files = {path.name: _mode(path) for path in server.data_dir.iterdir() if path.is_file()}
    assert "im66.sqlite3" in files
    assert files == dict.fromkeys(files, 0o600)


@pytest.mark.slow
@pytest.mark.usefixtures("open_umask")
async def test_database_files_of_a_server_are_private(make_server: MakeServer) -> None:
    server = make_server()
    database = server.data_dir / "im66.sqlite3"
    async with Phone(server.entry, "alice") as alice:
        await alice.text("bob", "between us")
        await alice.settle()
        assert _modes(database) == [0o600] * 3


@pytest.mark.slow
async def test_world_readable_database_is_restricted_at_the_next_start(make_server: MakeServer) -> None:
    server = make_server()
    database = server.data_dir / "im66.sqlite3"
    async with Phone(server.entry, "alice") as alice:
        await alice.settle()  # now the server has the database open
    server.kill()  # so that all three are there
    for suffix in SUFFIXES:
        database.with_name(database.name + suffix).chmod(0o644)
    server.start()
    async with Phone(server.entry, "alice"):
        assert _modes(database) == [0o600] * 3


@pytest.mark.usefixtures("open_umask")
def test_new_database_file_is_readable_by_owner_only(tmp_path: Path) -> None:
    database = tmp_path / "im66.sqlite3"
    keep_private(database)
    assert _mode(database) == 0o600


@pytest.mark.parametrize(
    ("rule", "left"), [(0o644, 0o600), (0o666, 0o600), (0o604, 0o600), (0o640, 0o640), (0o660, 0o660)]
)
def test_group_readable_database_keeps_its_mode(tmp_path: Path, rule: int, left: int) -> None:
    database = tmp_path / "im66.sqlite3"
    database.write_bytes(MAGIC)
    database.chmod(rule)
    keep_private(database)
    assert _mode(database) == left


def test_mode_of_file_that_is_no_database_is_kept(tmp_path: Path) -> None:
    other = tmp_path / "hosts"
    other.write_text("something else")
    other.chmod(0o644)
    keep_private(other)
    assert _mode(other) == 0o644


def test_missing_database_folder_is_not_created(tmp_path: Path) -> None:
    keep_private(tmp_path / "nowhere" / "im66.sqlite3")
    assert not (tmp_path / "nowhere").exists()
