"""Mentioning members of a group by the suggestions after an `@`, and finding the mentions."""

from playwright.async_api import expect

from tests.client.conftest import Cast, SignIn


async def test_mentioned_member_is_suggested_and_jumps_to_the_mention(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    group = await alice.make_group("Friends", bob.userid)
    await alice.open(group)
    await alice.box.press_sequentially(f"look @{bob.userid[:2]}")
    offered = alice.page.get_by_role("listbox", name="Mention").get_by_role("option")
    await expect(offered).to_have_text([bob.userid])
    await alice.box.press("Enter")
    await expect(alice.box).to_have_value(f"look @{bob.userid} ")
    await alice.box.press("Enter")
    await alice.reads(f"look @{bob.userid}")
    await expect(bob.conversation("Friends")).to_contain_text("1 mention")

    await alice.box.press_sequentially("@al")
    await expect(offered.first).to_have_text("All members")
    await alice.box.press("Tab")
    await alice.box.press("Enter")
    await expect(bob.conversation("Friends")).to_contain_text("2 mentions")
    await bob.page.reload()
    await expect(bob.conversation("Friends")).to_contain_text("2 mentions")
    await bob.conversation("Friends").click(button="right")
    await bob.choose("Go to the mention")
    await bob.reads(f"look @{bob.userid}")
    await expect(bob.conversation("Friends")).not_to_contain_text("mention")
