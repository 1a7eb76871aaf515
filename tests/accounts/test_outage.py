"""A process says once that Redis is away, and once that it is back, whatever it needs Redis for."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.limits.outage import LAYER, LIMITS, Outage

GONE = ConnectionError("gone")


@pytest.fixture
def outage() -> Outage:
    return Outage()


@pytest.fixture
def log_lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.WARNING, "accounts.limits.outage")
    return lambda: [record.getMessage()[:13] for record in caplog.records]


def test_an_outage_is_logged_once_and_its_end_once(
    outage: Outage, log_lines: Callable[[], list[str]]
) -> None:
    for part in (LAYER, LIMITS, LAYER):
        outage.report_failure(part, GONE)
    assert log_lines() == ["Redis is away"]
    outage.report_working(LAYER)
    outage.report_working(LAYER)
    outage.report_working(LIMITS)
    assert log_lines() == ["Redis is away", "Redis is back"]
    outage.report_failure(LIMITS, GONE)
    assert log_lines()[2:] == ["Redis is away"]


def test_outage_logs_its_reason(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    outage.report_failure(LIMITS, GONE)
    assert caplog.messages[0].endswith(": gone")


def test_outage_is_over_when_all_parts_work(outage: Outage, log_lines: Callable[[], list[str]]) -> None:
    for part in (LIMITS, LAYER):
        outage.report_failure(part, GONE)
    outage.report_working(LIMITS)
    assert log_lines() == ["Redis is away"]
    outage.report_working(LAYER)
    assert log_lines()[1:] == ["Redis is back"]


def test_a_part_that_was_not_away_does_not_say_that_another_is_back(
    outage: Outage, log_lines: Callable[[], list[str]]
) -> None:
    for _ in range(3):
        outage.report_failure(LIMITS, GONE)
        outage.report_working(LAYER)
    assert log_lines() == ["Redis is away"]
    outage.report_working(LIMITS)
    assert log_lines()[1:] == ["Redis is back"]


def test_many_threads_say_it_once(outage: Outage, log_lines: Callable[[], list[str]]) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda part: outage.report_failure(part, GONE), [LIMITS, LAYER] * 200))
    assert log_lines() == ["Redis is away"]
