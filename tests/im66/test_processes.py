"""im66.processes: how many processes `serve` starts."""

from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from im66 import processes
from im66.processes import process_count
from tests.support.settings import override


@pytest.mark.parametrize("requested", ["4", "auto"])
def test_sqlite_limits_processes_to_one_with_a_warning(
    requested: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(processes, "_processors", lambda: 4)
    monkeypatch.setattr(connection, "vendor", "sqlite")
    assert process_count(requested) == 1
    assert "One process serves: several need PostgreSQL" in caplog.text


@pytest.mark.parametrize(("quota", "number"), [("max 100000", 4), ("250000 100000", 2), ("50000 100000", 1)])
def test_auto_processes_is_the_cpu_limit_of_the_container(
    quota: str, number: int, monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    monkeypatch.setattr(connection, "vendor", "postgresql")
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3})
    monkeypatch.setattr(processes, "_QUOTA", tmp_path / "cpu.max")
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    override(settings, redis_url="redis://127.0.0.1/0")
    assert process_count("auto") == number
    override(settings, redis_url="")
    assert process_count("auto") == 1
