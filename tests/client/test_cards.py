"""Cards of bots, as shown to users."""

import asyncio
import json

import pytest
from playwright.async_api import expect

from testkit.device import Device
from testkit.phone import Phone
from testkit.server import Server
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.files import png
from tests.client.test_notify import entry

ODD = "<img src=x onerror=alert(1)>"
CARD = {
    "title": f"Build 7 failed {ODD}",
    "text": "Two tests: see https://ci.example/log",
    "url": "https://ci.example/7",
    "fields": [{"name": "Branch", "value": ODD}, {"name": "By", "value": "a" * 500}],
}


@pytest.mark.promise("json-55")
async def test_card_shows_only_texts_and_links(sign_in: SignIn, cast: Cast) -> None:
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
        message = await bob.message()
        assert (message["kind"], message["content"], message["card"]) == ("card", "Build 7 failed", CARD)
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


@pytest.mark.promise("json-59", "json-60")
async def test_card_button_works_by_keyboard_and_bot_removes_it(
    sign_in: SignIn, cast: Cast, demo: Server
) -> None:
    alice = await sign_in(cast("alice"), size=PHONE)
    group = await alice.make_group("Builds", cast("bob"))
    hook = await alice.call("POST", f"groups/{group[2:]}/hooks", {"name": "Builder"})

    async def call(method: str, **values: object) -> int:
        headers = {"Authorization": f"Bearer {hook['token']}"}
        fields = {"text": "built", **values}
        answer = await alice.page.request.fetch(
            f"{alice.url}/hooks/", method=method, data=fields, headers=headers
        )
        assert answer.ok, await answer.text()
        return int((await answer.json())["id"])

    stored = await alice.page.request.post(
        f"{alice.url}/api/v1/uploads",
        headers={"Authorization": f"Userid {alice.userid}"},
        multipart={"file": png(640, 320)},
    )
    buttons = [{"id": "again", "label": "Run again"}, {"id": "drop", "label": "Drop"}]
    shown = {**CARD, "picture": (await stored.json())["url"], "actions": buttons}
    message = await call("POST", card=shown)
    await alice.open(group)
    again, status = (
        alice.messages.get_by_role("button", name="Run again"),
        alice.messages.get_by_role("status"),
    )
    await again.click()
    await expect(status).to_have_text("This button has no effect here.")
    made = 'Endpoint.objects.create(name="ci", url="http://127.0.0.1:9/", events="card.pressed")'
    await asyncio.to_thread(demo.run_python, f"from notifications.models import Endpoint; {made}")
    await again.press("Enter")
    await expect(status).to_have_text("Sent: Run again")
    picture = alice.messages.locator(".bot-card img")
    assert await picture.evaluate("one => one.decode().then(() => one.naturalWidth)") == 640
    rows = demo.query("SELECT body FROM notifications_delivery WHERE event = 'card.pressed'")
    pressed = [json.loads(body) for (body,) in rows]
    assert [(one["from"], one["message"]) for one in pressed] == [(alice.userid, message)]
    await call("PATCH", message=message, card={"title": "Build 7 passed"})
    await expect(again).to_have_count(0)
    await expect(alice.messages.get_by_text("Build 7 passed")).to_be_visible()

    # What the server has found behind a link is shown below the message that has it.
    link = {"kind": "text", "content": "see https://a.example/film"}
    last = (await alice.call("POST", f"conversations/{group}/messages", link))["id"]
    fields = f'url="https://a.example/film", title="Film {ODD}", site="a.example", description="Of a cat"'
    made = f"LinkPreview.objects.create(message_id={last}, {fields})"
    await asyncio.to_thread(demo.run_python, f"from chat.models import LinkPreview; {made}")
    await alice.page.reload()
    preview = alice.messages.get_by_role("link", name="Of a cat")
    await expect(preview).to_have_attribute("href", "https://a.example/film")
    await expect(preview).to_contain_text(f"Film {ODD}")
