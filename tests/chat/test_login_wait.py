"""How long a connection may wait for a login, and which of many that wait are kept."""

import asyncio

import pytest

from chat.delivery.connection.admission import ADDRESS_DIVISOR, NETWORK_DIVISOR, IdleConnections, LoginTimeout

MAX_IDLE = 20
OF_ADDRESS, OF_NETWORK = MAX_IDLE // ADDRESS_DIVISOR, MAX_IDLE // NETWORK_DIVISOR


class Place:
    """Waits of connections that are late at once."""

    def __init__(self) -> None:
        self.idle = IdleConnections()
        self.hung_up: list[str] = []
        self.is_logging_in = False

    def wait(self, name: str, address: str = "192.0.2.1", max_idle: int = MAX_IDLE) -> LoginTimeout:
        return LoginTimeout(
            0, lambda: self.hung_up.append(name), lambda: self.is_logging_in, address, max_idle, self.idle
        )

    async def waits(self, *addresses: str) -> None:
        """One after the other; each is called by its place."""
        for place, address in enumerate(addresses):
            self.wait(str(place), address)
            await asyncio.sleep(0.001)


@pytest.fixture
def place() -> Place:
    return Place()


async def test_connection_without_a_login_is_closed_at_the_timeout(place: Place) -> None:
    place.wait("late", max_idle=0)
    await asyncio.sleep(0.01)
    assert place.hung_up == ["late"]
    assert len(place.idle) == 0


async def test_connection_without_a_login_may_be_kept_idle(place: Place) -> None:
    wait = place.wait("late")
    await asyncio.sleep(0.01)
    assert (place.hung_up, len(place.idle)) == ([], 1)
    wait.stop()
    wait.stop()
    assert len(place.idle) == 0
    assert place.idle._groups == {}


async def test_login_removes_the_connection_from_the_idle_ones(place: Place) -> None:
    place.wait("in time", max_idle=0).stop()
    place.wait("in time").stop()
    await asyncio.sleep(0.01)
    assert (place.hung_up, len(place.idle)) == ([], 0)


async def test_login_being_checked_extends_the_timeout(place: Place) -> None:
    place.is_logging_in = True
    place.wait("slow", max_idle=0)
    await asyncio.sleep(0.01)
    assert place.hung_up == []
    place.is_logging_in = False
    await asyncio.sleep(0.01)
    assert place.hung_up == ["slow"]


async def test_oldest_idle_connections_of_an_address_are_closed(place: Place) -> None:
    await place.waits("198.51.100.1", *["192.0.2.1"] * (OF_ADDRESS + 2))
    assert place.hung_up == ["1", "2"]
    assert len(place.idle) == OF_ADDRESS + 1


@pytest.mark.promise("socket-16")
async def test_oldest_idle_connections_of_a_network_are_closed(place: Place) -> None:
    await place.waits("198.51.100.1", *[f"192.0.2.{number}" for number in range(OF_NETWORK + 1)])
    assert place.hung_up == ["1"]


async def test_oldest_idle_connections_of_all_are_closed(place: Place) -> None:
    await place.waits(*[f"10.0.{number}.1" for number in range(MAX_IDLE + 1)])
    assert place.hung_up == ["0"]
    assert len(place.idle) == MAX_IDLE
