"""docs/architecture.md: the walks pass modules that there are, each once, and name what is in them."""

import re

import pytest

from testkit.server import ROOT
from tests.support.names import names_in

PAGE = (ROOT / "docs" / "architecture.md").read_text()
CHAPTER = PAGE.partition("\n## Four walks\n")[2].partition("\n## ")[0]
WALKS: dict[str, list[tuple[str, list[str]]]] = {
    title: [
        (module, re.findall(r"`([\w.]+)`", names))
        for module, names in re.findall(r"^\| `(\S+\.py)` \| ([^|]+) \|", rows, re.MULTILINE)
    ]
    for title, rows in re.findall(r"^### (.*?)\n(.*?)(?=^### |\Z)", CHAPTER, re.MULTILINE | re.DOTALL)
}
STEPS = sorted({(module, name) for walk in WALKS.values() for module, names in walk for name in names})


def test_there_is_a_walk_of_each_kind() -> None:
    assert list(WALKS) == ["A message", "A login", "A group change", "An upload"]


@pytest.mark.parametrize("title", WALKS)
def test_a_walk_passes_each_module_once(title: str) -> None:
    modules = [module for module, _ in WALKS[title]]
    assert len(modules) > 5
    assert sorted(modules) == sorted(set(modules))


@pytest.mark.parametrize(("module", "name"), STEPS)
def test_what_a_walk_names_is_in_its_module(module: str, name: str) -> None:
    assert name in names_in(module)
