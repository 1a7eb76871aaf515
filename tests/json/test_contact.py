"""Who may reach a person holds in both dialects and on both processes; contacts and requests are told."""

import pytest

from testkit.device import Device, Refused
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast
from tests.support.api import Remote


@pytest.mark.promise("json-47", "json-86")
@pytest.mark.core
async def test_only_contacts_can_reach_a_person_who_chose_so(
    here: Server, there: Server, cast: Cast, alice: Device, bob: Device, charlie: Device
) -> None:
    by_alice, by_bob = Remote(here, cast.alice), Remote(there, cast.bob)
    to_bob = f"u:{cast.bob}"
    await alice.text(to_bob, "before")
    await bob.event()
    if cast.bob not in (await alice.call("presence", users=[cast.bob]))["online"]:
        assert await alice.event() == {"ev": "presence", "user": cast.bob, "online": True}

    assert (await by_bob.patch("me/privacy", write="contacts")).status == 200
    assert await alice.event() == {"ev": "presence", "user": cast.bob, "online": False}
    for refused in (
        alice.text(to_bob, "now"),
        alice.call("typing", to=to_bob),
    ):
        with pytest.raises(Refused) as raised:
            await refused
        assert raised.value.error == (403, "not_allowed")
        assert raised.value.fields["why"] == "unwanted"
    async with Phone(here.entry, cast.alice) as phone:
        await phone.text(cast.bob, "hello")
        assert await phone.receive() == "error_403_this person does not take messages from you"
    assert await bob.receives_nothing()

    response = await by_alice.post("contacts/requests", userid=cast.bob, text="It is me.")
    assert response.status == 201
    assert await alice.event() == {"ev": "contact", "user": cast.bob, "state": "outgoing"}
    assert await bob.event() == {"ev": "contact", "user": cast.alice, "state": "incoming"}
    (waiting,) = (await by_bob.get("contacts/requests")).body["items"]
    assert (waiting["userid"], waiting["text"], waiting["mine"]) == (cast.alice, "It is me.", False)
    await by_bob.post(f"contacts/requests/{waiting['id']}", action="accept")
    assert await alice.event() == {"ev": "contact", "user": cast.bob, "state": "contact"}
    assert await bob.event() == {"ev": "contact", "user": cast.alice, "state": "contact"}
    await alice.text(to_bob, "as a contact")
    assert (await bob.event())["content"] == "as a contact"
    assert (await alice.call("presence", users=[cast.bob]))["online"] == [cast.bob]

    await by_bob.delete(f"contacts/{cast.alice}")
    assert await bob.event() == {"ev": "contact", "user": cast.alice, "state": "none"}
    assert await alice.event() == {"ev": "presence", "user": cast.bob, "online": False}
    with pytest.raises(Refused):
        await alice.text(to_bob, "too late")

    event = {"ev": "contact", "user": cast.charlie, "state": "none"}
    async with Device(here.entry, cast.bob) as browser:
        # It may have loaded its contacts before it came. This process may hear of the last change after it.
        while (await browser.event())["state"] != "none":
            pass
        for change in (by_bob.put, by_bob.delete):
            await change(f"blocks/{cast.charlie}")
            assert await bob.event() == event
            assert await browser.event() == event
    assert await charlie.receives_nothing()
