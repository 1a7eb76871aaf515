"""What a moderator does to people and groups is in force in every process at once. Each step is done by a
process of its own, and seen by clients of both servers."""

import asyncio
from typing import Any

import pytest

from testkit.device import Device, Error
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.json.places import Place
from tests.support.calls import make_group

pytestmark = anywhere

MUTED, TOO_FAST = Error(403, "muted"), Error(429, "too_fast")
# A change takes effect everywhere within so long.
SECONDS = 1.0
LATER = 4_000_000_000
IMPORTS = "from accounts.services import *; from groups.services import *; "


async def act(server: Server, call: str) -> None:
    await asyncio.to_thread(server.run_python, IMPORTS + call)


async def status_event(device: Device, ev: str = "standing") -> dict[str, Any]:
    """What the next event says, which comes at once."""
    async with asyncio.timeout(SECONDS):
        event = await device.event()
    assert event.pop("ev") == ev
    assert event.pop("id") > 0
    return event


def text(group: str) -> dict[str, str]:
    return {"to": f"g:{group}", "kind": "text", "content": "hello"}


@pytest.mark.promise("json-25")
async def test_mute_event_has_end_and_reason(place: Place, cast: Cast) -> None:
    here, there = place
    async with Device(here.entry, cast.alice), Device(there.entry, cast.bob) as bob:
        await act(here, f"set_account_status({cast.bob!r}, muted=True, until={LATER}, reason='脏话')")
        assert await status_event(bob) == {"muted": True, "muted_until": LATER, "reason": "脏话"}
        refused = await bob.error_of(
            await bob.command("send", to=f"u:{cast.alice}", kind="text", content="hi")
        )
        assert refused == {"code": 403, "name": "muted", "reason": "脏话", "until": LATER}


async def test_ban_error_has_end_and_reason(place: Place, cast: Cast) -> None:
    here, there = place
    async with Device(there.entry, cast.bob) as bob, Phone(there.entry, cast.bob) as phone:
        await act(here, f"set_account_status({cast.bob!r}, banned=True, until={LATER}, reason='spam')")
        expected = {"code": 403, "name": "banned", "reason": "spam", "until": LATER}
        async with asyncio.timeout(SECONDS):
            assert await bob.error_of(None) == expected
            assert await bob.close_code() == 4403
            assert await phone.receive() == "error_403_this account is locked"
            assert await phone.close_code() == 4403
    async with Device(there.entry) as again:
        assert await again.error_of(await again.command("hello", userid=cast.bob)) == expected
        assert await again.close_code() == 4403


async def test_disconnected_person_gets_the_reason_and_may_return(place: Place, cast: Cast) -> None:
    here, there = place
    async with Device(there.entry, cast.bob) as bob, Phone(there.entry, cast.bob) as phone:
        await act(here, f"disconnect({cast.bob!r}, 'a stolen phone')")
        async with asyncio.timeout(SECONDS):
            assert await bob.error_of(None) == {
                "code": 401,
                "name": "log_in_first",
                "reason": "a stolen phone",
            }
            assert await bob.close_code() == 4401
            assert await phone.receive() == "error_401_log in again"
    async with Device(there.entry, cast.bob) as again:
        assert await again.call("ping") == {}


@pytest.mark.promise("json-24")
async def test_members_cannot_write_in_a_quiet_group(place: Place, cast: Cast) -> None:
    here, there = place
    group = await make_group(here, cast.alice, cast.bob)
    async with Device(here.entry, cast.alice) as alice, Device(there.entry, cast.bob) as bob:
        mine = await bob.text(f"g:{group}", "hello")
        await act(here, f"set_quiet({group}, True)")
        notice = await status_event(bob, "notice")
        assert (notice["conversation"], notice["muted"]) == (f"g:{group}", True)
        for cmd, fields in (
            ("send", text(group)),
            ("edit", {"target": mine, "content": "bye"}),
            ("react", {"target": mine, "emoji": "👍"}),
            ("typing", {"to": f"g:{group}"}),
        ):
            assert await bob.refusal(cmd, **fields) == MUTED
        async with Phone(there.entry, cast.bob) as phone:
            await phone.send(f"text_{group}_hello_group_")
            assert await phone.receive() == "error_403_only owners and admins may write now"
        await alice.text(f"g:{group}", "only I may")
        assert (await bob.event())["content"] == "only I may"
        await act(here, f"set_quiet({group}, False)")
        assert (await status_event(bob, "notice"))["muted"] is False
        await bob.text(f"g:{group}", "thank you")


@pytest.mark.promise("json-24")
async def test_members_are_rate_limited_in_a_slow_group(place: Place, cast: Cast) -> None:
    here, there = place
    group = await make_group(here, cast.alice, cast.bob)
    async with Device(here.entry, cast.alice) as alice, Device(there.entry, cast.bob) as bob:
        await act(here, f"set_slow({group}, 3600)")
        assert (await status_event(bob, "notice"))["slow"] == 3600
        sent = await bob.call("send", **text(group), cid="mine")
        refused = await bob.error_of(await bob.command("send", **text(group)))
        assert Error(refused["code"], refused["name"]) == TOO_FAST
        assert 3590 < refused["retry"] <= 3600
        assert await bob.call("send", **text(group), cid="mine") == sent
        async with Device(here.entry, cast.bob) as elsewhere:
            assert await elsewhere.refusal("send", **text(group)) == TOO_FAST
        for _ in range(3):
            await alice.text(f"g:{group}", "as often as I like")
