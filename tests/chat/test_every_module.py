"""Every module of chat has a test file of its own, named after it. Those of the API are tested in
tests/api."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXEMPT = {
    "__init__": "holds nothing",
    "apps": "says to Django where the app is",
    "codec": "a dialect's form, which mypy holds, and usual limits, which test_legacy holds",
    "drafts": "a record, whose form mypy holds and which every test of the log writes",
    "signals": "declares a signal, which whoever sends and hears it tests",
}
MODULES = sorted(
    path.stem
    for path in (ROOT / "chat").rglob("*.py")
    if path.stem not in EXEMPT and not {"migrations", "api"}.intersection(path.parts)
)
TESTED = {path.stem.removeprefix("test_") for path in (ROOT / "tests/chat").glob("test_*.py")}


def test_modules_of_all_rooms_are_looked_for() -> None:
    assert {"log", "hub", "legacy"} <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_it_has_one(module: str) -> None:
    assert module in TESTED
