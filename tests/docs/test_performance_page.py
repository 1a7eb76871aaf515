"""docs/performance.md: every scenario and every attack that can be asked for is described, and no other."""

import re
from pathlib import Path

from bench.attacks import ATTACKS
from bench.scenarios import SCENARIOS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "performance.md").read_text()


def test_it_describes_the_scenarios_there_are() -> None:
    table = PAGE.partition("| scenario | what happens |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| ([a-z]+) \|", table, re.MULTILINE) == list(SCENARIOS)


def test_it_describes_the_attacks_there_are() -> None:
    table = PAGE.partition("## During an attack")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == list(ATTACKS)
