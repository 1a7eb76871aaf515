"""Who is muted or locked, or gets a new password, notices at once on the devices that are connected."""

import asyncio
from typing import Any, NamedTuple

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.json.conftest import Cast
from tests.json.places import STRICT, Place, Places
from tests.support.axes import wide
from tests.support.operator import Operator
from tests.support.tokens import token
from tests.wire.test_token_login import create

BANNED, MUTED, LOG_IN_FIRST = Error(403, "banned"), Error(403, "muted"), Error(401, "log_in_first")
# A change takes effect everywhere within so long.
SECONDS = 1.0


class Stage(NamedTuple):
    """The operator uses the first process; nothing is found by polling. In token mode everybody has one."""

    place: Place
    operator: Operator
    needs_token: bool

    def device(self, server: Server, userid: str, **hello: Any) -> Device:
        shown: dict[str, Any] = {"token": token(userid)} if self.needs_token else {}
        return Device(server.entry, userid, **shown, **hello)


@pytest.fixture(
    params=[
        ("open", "one"),
        pytest.param(("open", "two"), marks=wide),
        ("token", "two"),
    ],
    ids="-".join,
)
async def stage(request: pytest.FixtureRequest, places: Places) -> Stage:
    mode, name = request.param
    place = places.at(name, **STRICT) if mode == "token" else places.at(name)
    return Stage(place, await places.operator(place), mode == "token")


@pytest.fixture(autouse=True)
def people(stage: Stage, cast: Cast) -> None:
    create(stage.place[0], *cast)


async def status_event(device: Device) -> dict[str, object]:
    """What the next event says of the person's standing."""
    event = await device.event()
    assert event.pop("ev") == "standing"
    assert event.pop("id") > 0
    return event


@pytest.mark.promise("json-35")
async def test_muted_person_is_notified_on_every_device_and_may_read(stage: Stage, cast: Cast) -> None:
    here, there = stage.place
    async with (
        stage.device(here, cast.alice) as alice,
        stage.device(here, cast.bob) as phone,
        stage.device(there, cast.bob, device="tablet") as tablet,
    ):
        await stage.operator.act("mute", cast.bob)
        async with asyncio.timeout(SECONDS):
            for each in (phone, tablet):
                assert await status_event(each) == {"muted": True, "muted_until": None, "reason": "because"}
        target = await alice.text(f"u:{cast.bob}", "you are muted")
        for each in (phone, tablet):
            assert (await each.event())["id"] == target
            text = {"to": f"u:{cast.alice}", "kind": "text", "content": "hello"}
            assert await each.refusal("send", **text) == MUTED
            assert await each.refusal("react", target=target, emoji="👍") == MUTED
            assert await each.call("read", to=f"u:{cast.alice}", upto=target) == {"unread": 0}
        assert (await alice.event())["ev"] == "read"
        assert await alice.receives_nothing()


@pytest.mark.promise("json-25")
async def test_offline_person_gets_the_mute_on_return(stage: Stage, cast: Cast) -> None:
    here, there = stage.place
    async with stage.device(here, cast.bob) as bob:
        head = bob.welcome["head"]
    await stage.operator.act("mute", cast.bob)
    async with stage.device(there, cast.bob, since=head) as bob:
        (event,) = bob.backlog
        assert (event["ev"], event["muted_until"]) == ("standing", None)
    await stage.operator.act("unmute", cast.bob)


async def test_banned_person_is_disconnected_from_both_processes(stage: Stage, cast: Cast) -> None:
    here, there = stage.place
    before = {"token": token(cast.bob)}
    async with stage.device(here, cast.bob) as phone, stage.device(there, cast.bob) as tablet:
        await stage.operator.act("lock", cast.bob)
        async with asyncio.timeout(SECONDS):
            for each in (phone, tablet):
                assert await each.refused(None) == BANNED
                assert await each.close_code() == 4403
    for server in stage.place:
        async with Device(server.entry) as again:
            shown = {"token": token(cast.bob)} if stage.needs_token else {}
            assert await again.refusal("hello", userid=cast.bob, **shown) == BANNED
            assert await again.close_code() == 4403
    await stage.operator.act("unlock", cast.bob)
    if stage.needs_token:
        async with Device(there.entry) as again:
            assert await again.refusal("hello", userid=cast.bob, **before) == LOG_IN_FIRST
            assert await again.close_code() == 4401
    async with stage.device(there, cast.bob) as bob:
        assert await bob.call("ping") == {}


async def test_password_change_closes_connections_and_allows_a_new_login(stage: Stage, cast: Cast) -> None:
    here, there = stage.place
    async with (
        stage.device(here, cast.bob) as phone,
        stage.device(there, cast.bob) as tablet,
        stage.device(there, cast.alice) as alice,
    ):
        await stage.operator.set_password(cast.bob)
        async with asyncio.timeout(SECONDS):
            for each in (phone, tablet):
                assert await each.refused(None) == LOG_IN_FIRST
                assert await each.close_code() == 4401
        async with stage.device(here, cast.bob) as phone, stage.device(there, cast.bob) as tablet:
            await alice.text(f"u:{cast.bob}", "welcome back")
            for each in (phone, tablet):
                assert (await each.event())["content"] == "welcome back"
        assert await alice.call("ping") == {}
