"""The panel of a person, and blocking."""

from playwright.async_api import expect

from tests.client.conftest import PHONE, Cast, SignIn


async def test_message_refused_by_block_is_kept_and_sent_after_unblock(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    await bob.call("PATCH", "me", {"nickname": f"Bob of {bob.userid}"})
    await bob.call("PUT", f"blocks/{alice.userid}")
    await alice.open(f"u:{bob.userid}")
    await alice.write("hello")
    row = alice.conversation(f"Bob of {bob.userid}")
    await expect(row.get_by_role("img", name="Not sent")).to_be_visible()

    await alice.page.goto(f"{alice.url}/#/")
    await alice.page.reload()
    await expect(row).to_contain_text("You: hello")
    await expect(row.get_by_role("img", name="Not sent")).to_be_visible()
    await row.click()
    await expect(alice.message("hello")).to_contain_text("You can't message this person.")
    await expect(bob.conversation(alice.userid)).to_have_count(0)

    await alice.message("hello").get_by_role("button", name="Delete").click()
    await expect(row).to_have_count(0)

    # Now Alice blocks Bob.
    await bob.call("DELETE", f"blocks/{alice.userid}")
    await alice.open(f"u:{bob.userid}")
    await alice.write("hello")
    await bob.open(f"u:{alice.userid}")
    await bob.reads("hello")
    await alice.button("About this conversation").click()
    panel = alice.page.get_by_role("complementary", name="About this conversation")
    await expect(panel.get_by_text(f"Bob of {bob.userid}", exact=True)).to_be_visible()
    await expect(panel.get_by_text(bob.userid, exact=True)).to_be_visible()

    await alice.button("Block").click()
    await alice.confirm("Block")
    await expect(alice.page.get_by_text("You have blocked this person.", exact=True)).to_be_visible()
    await bob.write("are you there?")
    await expect(bob.page.get_by_text("You can't message this person.").first).to_be_visible()
    await expect(alice.message("are you there?")).to_have_count(0)

    await alice.button("Unblock").click()
    await expect(alice.button("Block")).to_be_visible()
    await bob.message("are you there?").get_by_role("button", name="Retry").click()
    await alice.reads("are you there?")


async def test_message_to_member_starts_from_the_group(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice"), size=PHONE), cast("bob")
    await alice.open(await alice.make_group("Friends", bob))

    await alice.button("About this conversation").click()
    members = alice.page.get_by_role("list", name="Members").get_by_role("listitem")
    await members.filter(has_text=bob).get_by_role("button").first.click()
    await alice.button("Send a message").click()

    await expect(alice.page.get_by_role("heading", name=bob)).to_be_visible()
    await alice.write("hello")
    await alice.reads("hello")
