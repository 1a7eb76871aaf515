"""A bot in a group: its commands are suggested after a `/`, and its growing answer is shown."""

import asyncio
import json

from playwright.async_api import expect

from testkit.device import Device
from testkit.server import Server
from testkit.uploading import request
from tests.client.conftest import Cast, SignIn


async def test_growing_bot_answer_to_a_command_is_shown_live(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice = await sign_in(cast("alice"))
    group = await alice.make_group("Friends", cast("bob"))
    made = await alice.call("POST", f"groups/{group[2:]}/hooks", {"name": "Oracle"})
    commands = [{"name": "weather", "description": "Tells the weather"}, {"name": "roll"}]
    body = json.dumps({"commands": commands}).encode()
    head = {"Content-Type": "application/json", "Authorization": f"Bearer {made['token']}"}
    listed = await asyncio.to_thread(request, demo, "PUT", "/hooks/commands", body, head)
    assert listed.status == 204
    async with Device(demo.entry, token=made["token"]) as bot:
        await alice.open(group)
        await alice.button("About this conversation").click()
        members = alice.page.get_by_role("list", name="Members").get_by_role("listitem")
        await expect(members.filter(has_text="Oracle")).to_contain_text("Bot")
        await expect(members.filter(has_text="bob")).not_to_contain_text("Bot")
        await alice.button("Close the panel").click()
        await alice.box.press_sequentially("/w")
        offered = alice.page.get_by_role("listbox", name="Commands").get_by_role("option")
        await expect(offered).to_have_text(["/weatherTells the weather"])
        await alice.box.press("Enter")
        await expect(alice.box).to_have_value("/weather ")
        await alice.box.press_sequentially("here")
        await alice.box.press("Enter")
        while (event := await bot.event())["ev"] != "message":
            pass
        assert (event["content"], event["mentions"]) == ("/weather here", [made["userid"]])

        grown = {"to": group, "cid": "a"}
        await bot.call("grow", **grown, content="It is")
        growing = alice.messages.get_by_role("group", name="Oracle is writing…")
        await expect(growing).to_contain_text("It is")
        await bot.call("grow", **grown, content=" raining", more=True)
        await expect(growing).to_contain_text("It is raining")
        announced = alice.page.locator(".stream-frame > [aria-live=polite]")
        await expect(announced).not_to_contain_text("raining")
        await bot.call("send", **grown, kind="text", content="It is raining.")
        await alice.reads("It is raining.")
        await expect(alice.messages.locator(".message-name")).to_have_text(["OracleBot"])
        await expect(growing).to_have_count(0)
        await expect(announced).to_contain_text("Oracle: It is raining.")
