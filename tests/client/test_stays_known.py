"""The list after a reload: read receipts of others, and groups to which one was added."""

import pytest
from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import SIZES, Cast, SignIn
from tests.client.writing import device


@pytest.mark.core
async def test_receipts_are_restored_after_a_reload(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        await alice.write("Seen?")
        sent = await bob.message()
        await bob.call("read", to=f"u:{alice.userid}", upto=sent["id"])
        await expect(alice.message("Seen?").get_by_label("Read", exact=True)).to_be_visible()
        await alice.write("And this?")

        await alice.page.reload()

        await expect(alice.message("Seen?").get_by_label("Read", exact=True)).to_be_visible()
        await expect(alice.message("And this?").get_by_label("Sent", exact=True)).to_be_visible()


@pytest.mark.core
@pytest.mark.parametrize("size", SIZES)
async def test_new_group_is_on_top_and_names_who_added_the_member(
    demo: Server, sign_in: SignIn, cast: Cast, size: dict[str, int]
) -> None:
    bob = await sign_in(cast("bob"), size=size)
    alice, hello = cast("alice"), {"kind": "text", "content": "hello"}
    await bob.call("POST", f"conversations/u:{bob.userid}/messages", hello, by=alice)
    await expect(bob.conversation(alice)).to_contain_text("hello")

    hiking = {"name": "Hiking", "members": [bob.userid]}
    group = f"g:{(await bob.call('POST', 'groups', hiking, by=alice))['id']}"

    first = bob.conversations.get_by_role("link").first
    for _ in range(2):
        await expect(first).to_contain_text("Hiking")
        await expect(first).to_contain_text(f"{alice} started the group with you")
        await expect(first).to_contain_text("1 unread message")
        await expect(first.locator("time")).to_have_count(1)
        await bob.page.reload()
    await bob.open(group)
    await expect(bob.messages).to_contain_text("started the group with you")
    await bob.page.goto(f"{bob.url}/#/")
    await expect(first).to_contain_text("started the group with you")
    await expect(first).not_to_contain_text("unread")

    # In Chinese it says the same.
    await bob.page.evaluate("localStorage.setItem('im66.language', 'zh')")
    await bob.page.reload()
    walking = {"name": "Walking", "members": [bob.userid, cast("charlie")]}
    await bob.call("POST", "groups", walking, by=alice)
    row = bob.page.get_by_role("link").filter(has_text="Walking")
    await expect(row).to_contain_text(f"{alice}邀请你和{cast('charlie')}加入了群聊")
