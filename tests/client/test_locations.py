"""Sending one's location from the page."""

from playwright.async_api import expect

from testkit.device import Device
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.test_notify import entry

TOWER = {"latitude": 31.2397, "longitude": 121.4998, "accuracy": 12}


async def test_location_is_searched_named_sent_and_shown(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), size=PHONE, geolocation=TOWER)
    async with Device(entry(alice), cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "Where are you?")
        await alice.open(f"u:{cast('bob')}")
        button = alice.page.get_by_role("button", name="More to send")
        dialog = alice.page.get_by_role("dialog")
        await button.click()
        await alice.choose("Location")
        # Nobody was asked to allow it, and the browser has no window to ask in.
        await expect(dialog.get_by_text("Location access is blocked.")).to_be_visible()
        await alice.context.grant_permissions(["geolocation"])
        await dialog.get_by_role("button", name="Try again").click()
        await expect(dialog.get_by_text("Accurate to about 12 m.")).to_be_visible()
        await dialog.get_by_label("Name of the place").fill("Oriental Pearl")
        await dialog.get_by_role("button", name="Send", exact=True).click()

        message = await bob.message()
        assert (message["kind"], message["content"]) == ("location", "31.2397,121.4998")
        assert message["place"] == {"name": "Oriental Pearl", "address": ""}
        link = alice.messages.get_by_role("link", name="Oriental Pearl")
        map_ = "https://www.openstreetmap.org/?mlat=31.2397&mlon=121.4998#map=16/31.2397/121.4998"
        await expect(link).to_have_attribute("href", map_)

        # Nothing in it is more than a text.
        odd = {"name": "<img src=x onerror=alert(1)>", "address": "\u202ejs"}
        await bob.call("send", to=f"u:{alice.userid}", kind="location", content="-90,0", place=odd)
        await expect(alice.messages.get_by_text(odd["name"])).to_be_visible()
        await alice.page.reload()
        await expect(alice.messages.get_by_text(odd["name"])).to_be_visible()
        await expect(link).to_be_visible()
