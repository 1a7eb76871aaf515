"""Quiet hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from notifications.notices.quiet import Quiet, quiet_until

SHANGHAI = "Asia/Shanghai"
NIGHT = Quiet(22 * 60, 7 * 60, SHANGHAI)
NOON = Quiet(12 * 60, 13 * 60, SHANGHAI)


def at(day: int, hour: int, minute: int = 0, zone: str = SHANGHAI) -> float:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo(zone)).timestamp()


def test_quiet_period_lasts_until_its_end_time() -> None:
    assert quiet_until(NOON, at(1, 12, 30)) == at(1, 13)


@pytest.mark.parametrize(("day", "hour"), [(1, 22), (1, 23), (2, 0), (2, 6)])
def test_quiet_hours_over_midnight_end_in_the_morning(day: int, hour: int) -> None:
    assert quiet_until(NIGHT, at(day, hour)) == at(2, 7)


@pytest.mark.parametrize("hour", [7, 12, 21])
def test_quiet_hours_exclude_the_day(hour: int) -> None:
    assert quiet_until(NIGHT, at(1, hour)) is None


def test_quiet_hours_use_their_time_zone() -> None:
    assert quiet_until(NOON, at(1, 12, 30, "UTC")) is None


def test_quiet_hours_with_equal_ends_never_apply() -> None:
    assert quiet_until(Quiet(60, 60, SHANGHAI), at(1, 1)) is None


def test_quiet_hours_end_in_skipped_hour_of_summer_time() -> None:
    # On 29 March 2026 clocks in Berlin go from 2 to 3.
    quiet = Quiet(60, 150, "Europe/Berlin")
    begin = at(29, 1, 30, "Europe/Berlin")
    end = quiet_until(quiet, begin)
    assert end is not None
    assert begin < end <= begin + 2 * 3600


def test_quiet_hours_in_unknown_zone_use_utc() -> None:
    assert quiet_until(NOON._replace(zone="Nowhere/Town"), at(1, 12, 30, "UTC")) == at(1, 13, 0, "UTC")
