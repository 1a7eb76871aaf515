"""Moderators' actions on messages, as seen in an open conversation."""

import asyncio

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.writing import device


async def moderate(server: Server, call: str) -> None:
    """Perform a moderator's action in a separate process."""
    await asyncio.to_thread(server.run_python, f"from chat.services.moderating import *; {call}")


async def test_recalled_message_is_hidden_until_restored_and_service_is_read_only(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    async with device(demo, alice.userid) as phone:
        await phone.text(f"u:{bob.userid}", "before")
        spam = [await phone.text(f"u:{bob.userid}", text) for text in ("spam", "more of it")]
    await alice.open(f"u:{bob.userid}")
    await bob.open(f"u:{alice.userid}")

    await moderate(demo, f"recall({spam})")
    for person in (alice, bob):
        await person.reads("Removed by a moderator", times=2)
        await person.reads("spam", times=0)
    # Who opens the page later sees who removed it.
    await bob.page.reload()
    await bob.reads("Removed by a moderator", times=2)
    await expect(bob.conversation(alice.userid)).to_contain_text("Removed by a moderator")

    await moderate(demo, f"restore({spam})")
    for person in (alice, bob):
        await person.reads("Removed by a moderator", times=0)
        articles = person.messages.get_by_role("article")
        await expect(articles).to_contain_text(["before", "spam", "more of it"])
    await expect(bob.conversation(alice.userid)).to_contain_text("more of it")

    text = "in_both('You are warned.', '你收到警告。')"
    code = f"from chat.services.service_texts import *; send_text({alice.userid!r}, {text})"
    await asyncio.to_thread(demo.run_python, code)

    await alice.conversation("You are warned.").click()

    await alice.reads("You are warned.")
    await alice.reads("你收到警告。", times=0)
    await expect(alice.page.get_by_text("You can't reply to this account.")).to_be_visible()
    await expect(alice.box).to_have_count(0)
