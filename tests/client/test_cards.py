"""Cards of bots, as people see them."""

import pytest
from playwright.async_api import expect

from testkit.device import Device
from testkit.phone import Phone
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.test_notify import entry

ODD = "<img src=x onerror=alert(1)>"
CARD = {
    "title": f"Build 7 failed {ODD}",
    "text": "Two tests: see https://ci.example/log",
    "url": "https://ci.example/7",
    "fields": [{"name": "Branch", "value": ODD}, {"name": "By", "value": "a" * 500}],
}


@pytest.mark.promise("json-55")
async def test_a_card_is_shown_as_texts_and_links_and_nothing_else(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), size=PHONE)
    group = await alice.make_group("Builds", cast("bob"))
    hook = await alice.call("POST", f"groups/{group[2:]}/hooks", {"name": "Builder"})
    await alice.open(group)
    async with Device(entry(alice), cast("bob")) as bob, Phone(entry(alice), cast("bob")) as phone:
        answer = await alice.page.request.post(
            f"{alice.url}/hooks/",
            data={"text": "Build 7 failed", "card": CARD},
            headers={"Authorization": f"Bearer {hook['token']}"},
        )
        assert answer.status == 201
        told = await bob.message()
        assert (told["kind"], told["content"], told["card"]) == ("card", "Build 7 failed", CARD)
        assert (await phone.message()).content == "Build 7 failed"
        refusal = await bob.refusal("send", to=group, kind="card", content="x", card=CARD)
        assert refusal.name == "invalid"

    link = alice.messages.get_by_role("link", name="Build 7 failed")
    await expect(link).to_have_attribute("href", "https://ci.example/7")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(alice.messages.get_by_text(ODD, exact=True)).to_be_visible()
    await expect(alice.messages.get_by_role("link", name="https://ci.example/log")).to_be_visible()
    width = "document.scrollingElement.scrollWidth <= innerWidth"
    assert await alice.page.evaluate(width)
    await alice.page.reload()
    await expect(link).to_be_visible()
