"""A named device says how far it has received the log. The server knows it by that name afterwards."""

import pytest

from chat.delivery.pace import UNACKED_MOST
from testkit.device import Device, Error
from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS, Server
from tests.conftest import MakeServer
from tests.json.conftest import Cast


async def test_it_works(server: Server, cast: Cast, alice: Device) -> None:
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        first = await alice.text(f"u:{cast.bob}", "one")
        await alice.text(f"u:{cast.bob}", "two")
        await bob.events(2)
        assert await bob.call("ack", upto=first) == {}
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        assert _contents(bob) == ["two"]


async def test_a_goodbye_acknowledges_nothing(server: Server, cast: Cast, alice: Device) -> None:
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        await bob.call("ack", upto=bob.welcome["head"])
        await alice.text(f"u:{cast.bob}", "shown, and not acknowledged")
        await bob.event()
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        assert _contents(bob) == ["shown, and not acknowledged"]


async def test_each_device_has_its_own(server: Server, cast: Cast, alice: Device) -> None:
    for name in ("tablet", "browser"):
        async with Device(server.entry, cast.bob, device=name) as bob:
            await bob.call("ack", upto=bob.welcome["head"])
    await alice.text(f"u:{cast.bob}", "one")
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        assert _contents(bob) == ["one"]
        await bob.call("ack", upto=bob.backlog[-1]["id"])
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        assert _contents(bob) == []
    async with Device(server.entry, cast.bob, device="browser") as bob:
        assert _contents(bob) == ["one"]


async def test_a_device_of_the_same_name_of_somebody_else_is_another(
    server: Server, cast: Cast, alice: Device
) -> None:
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        await bob.call("ack", upto=bob.welcome["head"])
    await alice.text(f"u:{cast.bob}", "for Bob")
    await alice.text(f"u:{cast.charlie}", "for Charlie")
    async with Device(server.entry, cast.charlie, device="tablet") as charlie:
        assert _contents(charlie) == []
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        assert _contents(bob) == ["for Bob"]


async def test_it_never_moves_back(server: Server, cast: Cast, alice: Device) -> None:
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        first = await alice.text(f"u:{cast.bob}", "one")
        second = await alice.text(f"u:{cast.bob}", "two")
        await bob.events(2)
        await bob.call("ack", upto=second)
        await bob.call("ack", upto=first)
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        assert _contents(bob) == []


async def test_what_has_not_come_yet_is_not_acknowledged(server: Server, cast: Cast, alice: Device) -> None:
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        await bob.call("ack", upto=10**15)
    await alice.text(f"u:{cast.bob}", "later")
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        assert _contents(bob) == ["later"]


async def test_since_counts_more(server: Server, cast: Cast, alice: Device) -> None:
    async with Device(server.entry, cast.bob, device="tablet") as bob:
        first = await alice.text(f"u:{cast.bob}", "one")
        await bob.call("ack", upto=(await bob.event())["id"])
    async with Device(server.entry, cast.bob, device="tablet", since=first - 1) as bob:
        assert _contents(bob) == ["one"]


async def test_the_shipped_apps_have_their_own(server: Server, cast: Cast, alice: Device) -> None:
    """What the browser has, the phone must get all the same."""
    async with Device(server.entry, cast.bob, device="browser") as bob:
        await alice.text(f"u:{cast.bob}", "one")
        await bob.call("ack", upto=(await bob.event())["id"])
    async with Phone(server.entry, cast.bob) as phone:
        assert await phone.contents(1) == ["one"]


async def test_a_device_without_a_name_may_not(server: Server, cast: Cast, bob: Device) -> None:
    assert await bob.refusal("ack", upto=1) == Error(400, "invalid")
    async with Device(server.entry, cast.bob, device="tablet") as named:
        assert await named.call("ack", upto=1) == {}


@pytest.mark.slow
class TestPace:
    @pytest.fixture
    def busy(self, make_server: MakeServer, command: list[str]) -> Server:
        return make_server(command, **WITHOUT_LIMITS)

    async def test_who_acknowledges_nothing_is_not_fed_further(self, busy: Server) -> None:
        async with Device(busy.entry, "bob", device="tablet") as bob:
            await _write(busy, UNACKED_MOST + 10)
            events = await bob.events(UNACKED_MOST)
            assert await bob.hears_nothing()
            assert await bob.call("ping") == {}
            await bob.call("ack", upto=events[4]["id"])
            more = await bob.events(5)
            assert await bob.hears_nothing()
            await bob.call("ack", upto=more[-1]["id"])
            events += more + await bob.events(5)
        assert [event["content"] for event in events] == [str(n) for n in range(UNACKED_MOST + 10)]

    async def test_a_device_without_a_name_is(self, busy: Server) -> None:
        async with Device(busy.entry, "bob") as bob:
            await _write(busy, UNACKED_MOST + 10)
            events = await bob.events(UNACKED_MOST + 10)
        assert [event["content"] for event in events] == [str(n) for n in range(UNACKED_MOST + 10)]


async def _write(server: Server, count: int) -> None:
    async with Device(server.entry, "alice") as alice:
        ids = [
            await alice.command("send", to="u:bob", kind="text", content=str(number))
            for number in range(count)
        ]
        for id_ in ids:
            await alice.reply(id_)


def _contents(device: Device) -> list[str]:
    return [event["content"] for event in device.backlog]
