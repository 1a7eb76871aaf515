"""docs/limits.md and its Chinese twin: what counts for which limit."""

import re
from pathlib import Path

import pytest

from accounts.limits.limits import RateLimits

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("page", ["limits.md", "limits.zh-hans.md"])
def test_limits_page_lists_exactly_the_limits(page: str) -> None:
    cells = re.findall(r"^\| (`IM66_LIMIT_[^|]+) \|", (DOCS / page).read_text(), re.MULTILINE)
    events = [name.lower() for cell in cells for name in re.findall(r"(?:IM66_LIMIT|…)_([A-Z_]+)", cell)]
    assert sorted(events) == sorted(RateLimits._fields)
