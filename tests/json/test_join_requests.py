"""Who asks to join a group is told to those who may let them in, on both processes."""

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.json.conftest import Cast
from tests.support.api import Remote


@pytest.mark.promise("json-87")
async def test_join_requests_are_sent_to_owners_and_admins_only(
    here: Server, there: Server, cast: Cast, alice: Device, bob: Device, charlie: Device
) -> None:
    by_alice, by_charlie = Remote(here, cast.alice), Remote(there, cast.charlie)
    made = await by_alice.post("groups", name="Hiking", members=[cast.bob])
    group = made.body["id"]
    await by_alice.patch(f"groups/{group}", approval=True)
    for device in (alice, bob):
        while (await device.event()).get("approval") is not True:
            pass
    link = (await by_alice.post(f"groups/{group}/links")).body

    await by_charlie.post(f"join/{link['code']}")
    assert await alice.event() == {"ev": "requests", "conversation": f"g:{group}", "count": 1}
    assert await bob.receives_nothing()
    for by, event in ((by_alice, 1), (Remote(here, cast.bob), None)):
        assert (await by.get(f"conversations/g:{group}")).body.get("requests") == event

    await by_alice.patch(f"groups/{group}/members/{cast.bob}", role="admin")
    events = [await bob.event(), await bob.event()]
    assert {"ev": "requests", "conversation": f"g:{group}", "count": 1} in events
    await Remote(there, cast.bob).post(f"groups/{group}/requests", userid=cast.charlie, action="decline")
    assert await bob.event() == {"ev": "requests", "conversation": f"g:{group}", "count": 0}
    assert await charlie.receives_nothing()
