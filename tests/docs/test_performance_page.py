"""docs/performance.md: every attack that can be asked for is described, and no other."""

import re
from pathlib import Path

from bench.attacks import ATTACKS

ROOT = Path(__file__).resolve().parents[2]


def test_it_describes_the_attacks_there_are() -> None:
    page = (ROOT / "docs" / "performance.md").read_text()
    table = page.partition("## Beside an attack")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == list(ATTACKS)
