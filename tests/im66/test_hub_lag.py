"""How far the hub is behind the log, and for how long."""

from typing import Any, cast

import pytest

from chat.delivery.loop.hub import Hub
from im66.operating.hub_lag import HubLag, Lag


class FakeHub:
    """A hub that a test moves."""

    def __init__(self) -> None:
        self.cursor = self.newest_known = 100


@pytest.fixture
def hub() -> Any:
    return FakeHub()


@pytest.fixture
def lag(hub: Any) -> HubLag:
    return HubLag(cast(Hub, hub))


def test_lag_is_measured_in_rows_and_seconds(hub: Any, lag: HubLag) -> None:
    assert lag.sample(10.0) == Lag(0, 0.0)
    hub.newest_known = 150
    lag.sample(11.0)
    hub.cursor = 120
    assert lag.sample(14.0) == Lag(30, 3.0)
    hub.cursor = 150
    assert lag.sample(15.0) == Lag(0, 0.0)


def test_hub_slightly_behind_busy_writers_has_no_lag(hub: Any, lag: HubLag) -> None:
    for second in range(100):
        hub.cursor, hub.newest_known = hub.newest_known, hub.newest_known + 50
        assert lag.sample(float(second)) == Lag(50, 0.0)


def test_hub_slower_than_the_writers_has_lag(hub: Any, lag: HubLag) -> None:
    for second in range(10):
        hub.cursor, hub.newest_known = hub.cursor + 1, hub.newest_known + 50
        last = lag.sample(float(second))
    assert last == Lag(490, 9.0)
