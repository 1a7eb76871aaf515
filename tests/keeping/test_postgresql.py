"""What is told where PostgreSQL's programs do not fit its server."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from keeping.backups import postgresql
from keeping.errors import MaintenanceRefused


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of version 17."""

    def answer(_statement: str) -> Sequence[tuple[int]]:
        return [(170_004,)]

    monkeypatch.setattr(postgresql, "ask", answer)
    monkeypatch.setattr(postgresql, "_DEBIAN_FOLDERS", "nowhere/*/bin")


def _install(folder: Path, version: str) -> None:
    program = folder / "pg_dump"
    program.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version} (Debian)'\n")
    program.chmod(0o755)


@pytest.mark.usefixtures("server")
class TestProgram:
    def test_missing_pg_dump_is_reported(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(MaintenanceRefused, match="no pg_dump on this machine"):
            postgresql._program("pg_dump")

    def test_outdated_pg_dump_is_reported(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
        _install(tmp_path, "15.3")
        with pytest.raises(
            MaintenanceRefused, match="pg_dump is of version 15, and the server of version 17"
        ):
            postgresql._program("pg_dump")

    def test_newest_pg_dump_is_used(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
        _install(tmp_path, "18.0")
        assert postgresql._program("pg_dump") == str(tmp_path / "pg_dump")
