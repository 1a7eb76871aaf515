"""Somebody has read: it is stored, and told to those whom it concerns."""

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.json.conftest import Cast
from tests.support.api import Remote


@pytest.mark.promise("json-15", "json-16")
async def test_read_mark_reaches_own_devices_and_the_other_person(
    here: Server, cast: Cast, alice: Device, bob: Device, charlie: Device
) -> None:
    async with Device(here.entry, cast.bob) as browser:
        ids = [await alice.text(f"u:{cast.bob}", content) for content in ("one", "two", "three")]
        await bob.events(3)
        await browser.events(3)
        assert await bob.call("read", to=f"u:{cast.alice}", upto=ids[1]) == {"unread": 1}
        event = {"ev": "read", "user": cast.bob, "upto": ids[1]}
        assert await browser.event() == event | {"conversation": f"u:{cast.alice}"}
        assert await alice.event() == event | {"conversation": f"u:{cast.bob}"}
        assert await bob.receives_nothing()
        assert await charlie.receives_nothing()


@pytest.mark.promise("json-44")
async def test_list_changes_reach_the_persons_other_devices(
    here: Server, there: Server, cast: Cast, alice: Device, bob: Device
) -> None:
    async with Device(here.entry, cast.bob) as browser:
        hidden, last = [await alice.text(f"u:{cast.bob}", word) for word in ("one", "two")]
        for device in (bob, browser, bob, browser):
            await device.event()
        calls = Remote(there, cast.bob)
        path = f"conversations/u:{cast.alice}"
        await calls.patch(path, unread=True, draft="Dear")
        event = {"ev": "conversation", "conversation": f"u:{cast.alice}"}
        for device in (bob, browser):
            changed = [await device.event(), await device.event()]
            assert sorted(changed, key=str) == sorted(
                [event | {"marked_unread": True}, event | {"draft": "Dear"}], key=str
            )
        await bob.call("read", to=f"u:{cast.alice}", upto=0)
        assert await browser.event() == event | {"marked_unread": False}
        assert await bob.event() == event | {"marked_unread": False}
        await calls.post(f"{path}/hide", messages=[hidden])
        assert await browser.event() == event | {"hidden": [hidden]}
        await calls.post(f"{path}/unhide", messages=[hidden])
        assert await browser.event() == event | {"unhidden": [hidden]}
        await calls.post(f"{path}/clear", upto=last)
        assert await browser.event() == event | {"cleared": last}
        await calls.delete(path)
        assert await browser.event() == event | {"removed": True}
        assert await alice.receives_nothing()
