"""docs/architecture.md: walks name existing modules and functions, and faults name their tests."""

import re
from collections import Counter

from testkit.server import ROOT
from tests.support.names import names_in

PAGE = (ROOT / "docs" / "architecture.md").read_text()
CHAPTER = PAGE.partition("\n## Five walks\n")[2].partition("\n## ")[0]
WALKS: dict[str, list[tuple[str, list[str]]]] = {
    title: [
        (module, re.findall(r"`([\w.]+)`", names))
        for module, names in re.findall(r"^\| `(\S+\.py)` \| ([^|]+) \|", rows, re.MULTILINE)
    ]
    for title, rows in re.findall(r"^### (.*?)\n(.*?)(?=^### |\Z)", CHAPTER, re.MULTILINE | re.DOTALL)
}
STEPS = sorted({(module, name) for walk in WALKS.values() for module, names in walk for name in names})


def test_architecture_page_has_each_walk() -> None:
    assert list(WALKS) == ["A message", "A login", "A group change", "A press", "An upload"]


def test_architecture_walk_visits_each_module_once() -> None:
    for title, steps in WALKS.items():
        modules = [module for module, _ in steps]
        assert len(modules) > 5, title
        assert [module for module, times in Counter(modules).items() if times > 1] == [], title


def test_architecture_walks_name_existing_functions() -> None:
    assert [(module, name) for module, name in STEPS if name not in names_in(module)] == []


def test_faults_chapter_lists_the_existing_tests() -> None:
    listed = set(re.findall(r"`(test_\w+\.py)`", PAGE.partition("\n## Faults\n")[2]))
    assert listed == {path.name for path in (ROOT / "tests" / "faults").glob("test_*.py")}
