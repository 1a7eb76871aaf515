"""docs/architecture.md: every module has its row, and every row its module."""

import re
import tomllib
from collections import Counter

from testkit.server import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# What is served, of all that the contracts on imports are about.
ROOMS = set(PROJECT["tool"]["importlinter"]["root_packages"]) - {"bench", "testkit"}


def named() -> list[str]:
    """The modules of the page's tables, each as often as it has a row."""
    chapter = PAGE.partition("\n## The modules\n")[2].partition("\n## ")[0]
    return [
        f"{folder}{name}.py"
        for folder, rows in re.findall(r"^### `(\S+/)`\n(.*?)(?=^### |\Z)", chapter, re.MULTILINE | re.DOTALL)
        for names in re.findall(r"^\| (`.*?) \|", rows, re.MULTILINE)
        for name in re.findall(r"`(\S+)`", names)
    ]


def present() -> set[str]:
    """The modules that are there, without those that Django writes and those that hold nothing."""
    return {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if path.name != "__init__.py" and path.parent.name != "migrations"
    }


def test_every_module_is_named_once() -> None:
    assert {"chat/log.py", "server/daphne.py"} <= present()
    assert Counter(named()) == Counter(present())
