"""The limits that im66 is measured without."""

import logging
import signal
from dataclasses import fields
from pathlib import Path

import pytest

from bench import report
from bench.databases import Database
from bench.subjects import IM66, LIFTED, TEXTBOOK
from im66.environment import Environment, variable


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database("sqlite", tmp_path, "", "")


def test_im66_runs_without_its_limits(database: Database) -> None:
    assert LIFTED.items() <= database.settings(IM66).items()
    assert not LIFTED.keys() & database.settings(TEXTBOOK).keys()


def test_lifted_limits_are_settings() -> None:
    assert LIFTED.keys() <= {variable(field.name) for field in fields(Environment)}


def test_bench_run_logs_the_lifted_limits(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    report.configure_output()
    assert all(name in caplog.text for name in LIFTED)
