"""docs/faults.md: every fault it lists is made by a test, and every test of a fault is listed."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_faults_page_lists_the_existing_tests() -> None:
    listed = set(re.findall(r"`(test_\w+\.py)`", (ROOT / "docs" / "faults.md").read_text()))
    assert listed == {path.name for path in (ROOT / "tests" / "faults").glob("test_*.py")}
