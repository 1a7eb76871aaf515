"""Where somebody is: sent as a place, read by everybody, and seen by the moderators' rules."""

import pytest

from testkit.device import Device
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast
from tests.support.api import Remote

TOWER = "31.2397,121.4998"
PLACE = {"name": "Oriental Pearl", "address": "Century Avenue 1"}


@pytest.mark.core
@pytest.mark.promise("json-54")
async def test_location_reaches_both_dialects_and_the_history(
    here: Server, cast: Cast, alice: Device, bob: Device
) -> None:
    assert "locations" in alice.welcome["features"]
    async with Phone(here.entry, cast.bob) as phone:
        sent = await alice.call(
            "send", to=f"u:{cast.bob}", kind="location", content=TOWER, place=PLACE, cid="a"
        )
        again = await alice.call(
            "send", to=f"u:{cast.bob}", kind="location", content=TOWER, place=PLACE, cid="a"
        )
        assert again == sent
        message = await bob.message()
        assert (message["content"], message["place"]) == (TOWER, PLACE)
        frame = (await phone.message()).content
        assert frame == (
            "[位置] Oriental Pearl, Century Avenue 1\n"
            "https://www.openstreetmap.org/?mlat=31.2397&mlon=121.4998#map=16/31.2397/121.4998"
        )
    assert (await alice.refusal("edit", target=sent["id"], content="0,0")).name == "invalid"
    await alice.call("recall", target=sent["id"])


@pytest.mark.promise("json-54")
async def test_api_sends_and_returns_locations(here: Server, cast: Cast, bob: Device) -> None:
    path = f"conversations/u:{cast.bob}/messages"
    alice = Remote(here, cast.alice)
    posted = await alice.post(path, kind="location", content=TOWER, place={"name": "Tower"})
    assert posted.status == 201
    assert (await bob.message())["place"] == {"name": "Tower", "address": ""}
    (value,) = (await Remote(here, cast.bob).get(f"conversations/u:{cast.alice}/messages")).body["items"]
    assert (value["content"], value["place"]) == (TOWER, {"name": "Tower", "address": ""})
    wrong = await alice.post(path, kind="location", content="91,0")
    assert (wrong.status, wrong.body["error"]["name"]) == (400, "invalid")
