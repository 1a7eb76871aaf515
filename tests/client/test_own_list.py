"""Changes of one's own list of conversations reach one's other devices."""

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.person import Person
from tests.client.writing import device, send_many


async def choose(person: Person, title: str, entry: str) -> None:
    """Choose an entry of the conversation's menu."""
    await person.conversation(title).click(button="right")
    await person.choose(entry)


async def test_list_changes_and_drafts_show_on_the_other_device(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice, phone = await sign_in(cast("alice")), await sign_in(cast("alice"), size=PHONE)
    async with device(demo, cast("bob")) as bob:
        await send_many(bob, f"u:{alice.userid}", ["one"])
        await alice.open(f"u:{bob.userid}")
        await alice.reads("one")
        await expect(phone.conversation(bob.userid)).not_to_contain_text("1 unread")
        await alice.page.goto(f"{alice.url}/#/")

        await choose(alice, bob.userid, "Mark as unread")
        for person in (alice, phone):
            await expect(person.conversation(bob.userid)).to_contain_text("Marked as unread")
        await choose(phone, bob.userid, "Mark as read")
        for person in (alice, phone):
            await expect(person.conversation(bob.userid)).not_to_contain_text("Marked as unread")

        await choose(alice, bob.userid, "Archive")
        for person in (alice, phone):
            await expect(person.conversation(bob.userid)).to_have_count(0)
            await person.button("Archived (1)").click()
            await expect(person.conversation(bob.userid)).to_be_visible()
        await choose(phone, bob.userid, "Unarchive")
        await expect(alice.button("All conversations")).to_have_count(0)
        await expect(alice.conversation(bob.userid)).to_be_visible()

        await choose(alice, bob.userid, "Remove from the list")
        await alice.confirm("Remove")
        for person in (alice, phone):
            await expect(person.conversation(bob.userid)).to_have_count(0)
        await alice.page.reload()
        await expect(alice.page.get_by_text("No conversations yet.")).to_be_visible()
        await send_many(bob, f"u:{alice.userid}", ["two"])
        for person in (alice, phone):
            await expect(person.conversation(bob.userid)).to_contain_text("two")

        # A draft goes on there.
        await alice.open(f"u:{bob.userid}")
        await alice.box.fill("It was")
        await expect(phone.conversation(bob.userid)).to_contain_text("It was")
        await phone.open(f"u:{bob.userid}")
        await expect(phone.box).to_have_value("It was")
        await phone.box.fill("It was good")
        await phone.box.press("Enter")
        await expect(phone.box).to_have_value("")
        await alice.reads("It was good")


async def test_cleared_messages_and_remarks_are_personal(sign_in: SignIn, cast: Cast) -> None:
    alice, phone = await sign_in(cast("alice")), await sign_in(cast("alice"), size=PHONE)
    bob = await sign_in(cast("bob"))
    await bob.open(f"u:{alice.userid}")
    await bob.write("by mistake")
    for person in (alice, phone):
        await person.open(f"u:{bob.userid}")
        await person.reads("by mistake")

    await choose(alice, bob.userid, "Clear messages")
    await alice.confirm("Clear messages")
    for person in (alice, phone):
        await person.reads("by mistake", times=0)
    await bob.write("once more")
    for person in (alice, phone):
        await person.reads("once more")
    await alice.page.reload()
    await alice.reads("once more")
    await alice.reads("by mistake", times=0)
    await bob.reads("by mistake")

    # A name that only Alice sees.
    group = await bob.make_group("Friends", alice.userid)
    await bob.open(group)
    await bob.write("hello all")
    await bob.open(f"u:{alice.userid}")
    await bob.write("hello")
    await alice.open(f"u:{bob.userid}")
    await alice.button("About this conversation").click()
    await alice.button("Edit: Name that only you see").click()
    await alice.page.get_by_role("textbox", name="Name that only you see").fill("Bob from work")
    await alice.button("Save").click()

    await expect(alice.page.get_by_role("heading", name="Bob from work").first).to_be_visible()
    await expect(alice.conversation("Friends")).to_contain_text("Bob from work: hello all")
    await alice.page.reload()
    await expect(alice.page.get_by_role("heading", name="Bob from work").first).to_be_visible()
    await expect(alice.conversation("Bob from work")).to_have_count(2)
    await expect(bob.conversation(alice.userid)).to_be_visible()
