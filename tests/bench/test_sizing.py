"""The table of docs/sizing.md is what its module calculates, and what a message weighs can be measured."""

from itertools import pairwise
from math import floor
from pathlib import Path

import pytest

from bench import sizing
from bench.databases import SQLITE, database
from bench.sizing import CHINESE, ENGLISH, PEOPLE, Load, need, table
from bench.weighing import weigh
from testkit.server import ROOT


@pytest.mark.parametrize(("page", "titles"), [("sizing.md", ENGLISH), ("sizing.zh-hans.md", CHINESE)])
def test_page_has_the_table_and_its_constants(page: str, titles: tuple[str, ...]) -> None:
    text = (ROOT / "docs" / page).read_text()
    assert table(titles).replace("---", "") in text.replace("---", "")
    constants = [sizing.MESSAGE_US, sizing.DELIVERY_US, sizing.HEARING_US, sizing.CONNECTION_US]
    constants += [sizing.LOGIN_US, sizing.TRANSACTION_US, sizing.LOG_TRANSACTION_US, sizing.LOG_ROW_US]
    constants += [sizing.POSTGRES_US, sizing.CONNECTION_KB, sizing.PROCESS_MB, sizing.SQLITE_BYTES]
    constants += [sizing.POSTGRES_BYTES, floor(need(PEOPLE[-1], Load()).messages_until_full)]
    assert [one for one in constants if f"{one:,g}" not in text] == []


def test_need_grows_with_people_and_messages() -> None:
    for before, after in pairwise(PEOPLE):
        smaller, larger = need(before, Load()), need(after, Load())
        assert smaller.processes <= larger.processes
        assert smaller.memory_gb < larger.memory_gb
    # At the number that fills the log, it is as full as is said.
    most = need(PEOPLE[-1], Load()).messages_until_full
    fuller = need(PEOPLE[-1], Load(messages=most))
    assert 0.7 <= fuller.log_share < 0.8
    with pytest.raises(ValueError, match="each hears of every message"):
        need(100_000_000, Load())


@pytest.mark.slow
def test_weights_of_a_message_and_a_person(tmp_path: Path) -> None:
    with database(SQLITE, tmp_path) as base:
        weights = weigh(base, 500)
    assert min(weights.values()) > 50
    assert weights["message"] < weights["index"]
