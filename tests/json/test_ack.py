"""A named device says how far it has received the log. The server knows it by that name afterwards."""

import asyncio

import pytest

from chat.delivery.connection.backlog import MAX_UNACKED_ROWS
from testkit.device import Device
from testkit.server import WITHOUT_LIMITS, Server
from tests.json.conftest import Cast
from tests.json.places import Place, Places
from tests.support.axes import ANYWHERE


async def known(server: Server, userid: str, name: str, upto: int) -> None:
    """Return when every process knows what the device has acknowledged: it is written in the background."""
    stored = f"SELECT acked_id FROM chat_device WHERE user_id = '{userid}' AND name = '{name}'"
    async with asyncio.timeout(20):
        while not any(acked >= upto for (acked,) in server.query(stored)):
            await asyncio.sleep(0.02)


@pytest.mark.promise("json-29")
async def test_device_resumes_after_its_last_acknowledged_row(
    here: Server, there: Server, cast: Cast, alice: Device
) -> None:
    async with Device(there.entry, cast.bob, device="tablet") as bob:
        first = await alice.text(f"u:{cast.bob}", "one")
        await alice.text(f"u:{cast.bob}", "two")
        await bob.events(2)
        assert await bob.call("ack", upto=first) == {}
    await known(there, cast.bob, "tablet", first)
    async with Device(here.entry, cast.bob, device="tablet") as bob:
        assert _contents(bob) == ["two"]


async def test_device_that_acknowledged_nothing_begins_at_its_first_hello(
    here: Server, there: Server, cast: Cast, alice: Device
) -> None:
    async with Device(there.entry, cast.bob, device="phone"):
        pass
    await alice.text(f"u:{cast.bob}", "one")
    async with Device(here.entry, cast.bob, device="phone") as bob:
        assert _contents(bob) == ["one"]


class TestPace:
    @pytest.fixture(params=ANYWHERE)
    def place(self, request: pytest.FixtureRequest, places: Places) -> Place:
        return places.at(request.param, **WITHOUT_LIMITS)

    @pytest.mark.promise("json-31")
    async def test_unacknowledging_device_gets_a_limited_number_of_rows(
        self, there: Server, cast: Cast, alice: Device
    ) -> None:
        async with Device(there.entry, cast.bob, device="tablet") as bob:
            await _write(alice, cast.bob, MAX_UNACKED_ROWS + 10)
            events = await bob.events(MAX_UNACKED_ROWS)
            assert await bob.receives_nothing()
            assert await bob.call("ping") == {}
            await bob.call("ack", upto=events[4]["id"])
            more = await bob.events(5)
            assert await bob.receives_nothing()
            await bob.call("ack", upto=more[-1]["id"])
            events += more + await bob.events(5)
        assert [event["content"] for event in events] == [str(n) for n in range(MAX_UNACKED_ROWS + 10)]

    @pytest.mark.promise("json-31")
    async def test_device_without_a_name_gets_rows_without_limit(
        self, cast: Cast, alice: Device, bob: Device
    ) -> None:
        await _write(alice, cast.bob, MAX_UNACKED_ROWS + 10)
        events = await bob.events(MAX_UNACKED_ROWS + 10)
        assert [event["content"] for event in events] == [str(n) for n in range(MAX_UNACKED_ROWS + 10)]


async def _write(alice: Device, bob: str, count: int) -> None:
    sent = [await alice.command("send", to=f"u:{bob}", kind="text", content=str(n)) for n in range(count)]
    for id_ in sent:
        await alice.reply(id_)


def _contents(device: Device) -> list[str]:
    return [event["content"] for event in device.backlog]
