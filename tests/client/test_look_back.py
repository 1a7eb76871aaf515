"""Going back in a conversation: to a date, to one person's messages, to shared files."""

import time

from playwright.async_api import expect

from testkit.axe import findings
from testkit.server import Server
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.files import mp3, png
from tests.client.test_search import indexed
from tests.client.writing import device, send

DAY = 24 * 60 * 60


async def test_old_messages_are_reachable_by_date_sender_and_kind(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice, bob, word = await sign_in(cast("alice"), size=PHONE), cast("bob"), cast("harbour")
    group = await alice.make_group("Tea", bob)
    async with device(demo, bob) as other:
        await other.text(group, f"long ago, at the {word}")
        await alice.open(group)
        await alice.attach(png(60, 40), mp3(2))
        await expect(alice.messages.get_by_role("group", name="Voice message")).to_be_visible()
        old = await send(other, group, "text", f"Bob's {word}")
        await alice.write(f"Alice's {word}")
        await alice.write(cast("last"))
    await indexed(alice, cast("last"))
    ago = time.time() - 40 * DAY
    demo.run_python(
        "from log.models import Message\n"
        f"Message.objects.filter(group={group[2:]}, pk__lt={old}).update(timet={int(ago)})"
    )
    await alice.page.reload()

    await alice.button("Search in this conversation").click()
    field = alice.page.get_by_role("searchbox", name="Search in this conversation")
    await field.fill(word)
    await field.press("Enter")
    await expect(alice.page.get_by_text("1 of 3")).to_be_visible()
    await alice.page.get_by_role("combobox", name="Sender").select_option(bob)
    await expect(alice.page.get_by_text("1 of 2")).to_be_visible()
    assert await findings(alice.page) == []
    day = time.strftime("%Y-%m-%d", time.localtime(ago))
    await alice.page.get_by_label("Jump to date").fill(day)
    await expect(alice.message("long ago")).to_be_in_viewport()
    await alice.button("Close the search").click()

    await alice.button("About this conversation").click()
    await alice.button("Pictures, videos and files").click()
    dialog = alice.page.get_by_role("dialog")
    picture = dialog.get_by_role("button", name="[Picture] You")
    await expect(picture).to_have_count(1)
    assert await findings(alice.page) == []
    await dialog.get_by_text("Files", exact=True).click()
    await expect(dialog.get_by_text("Nothing yet.")).to_be_visible()
    await dialog.get_by_text("Voice messages").click()
    await dialog.get_by_role("button", name="Voice message, 2 seconds").click()
    await expect(dialog).to_have_count(0)
    assert alice.complaints == []


async def test_new_and_unplayed_messages_are_marked(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice"), size=PHONE), await sign_in(cast("bob"))
    await alice.open(f"u:{bob.userid}")
    # Only what comes from now on can be unheard.
    await bob.open(f"u:{alice.userid}")
    await bob.attach(mp3(1))
    voice = alice.messages.get_by_role("group", name="Voice message, 1 seconds")
    await voice.wait_for()
    await bob.attach(mp3(2))
    second = alice.messages.get_by_role("group", name="Voice message, 2 seconds")
    await expect(second.get_by_role("img", name="Not listened to")).to_be_visible()
    await second.get_by_role("button", name="Play").click()
    await expect(second.get_by_role("img", name="Not listened to")).to_have_count(0)
    await alice.page.reload()
    await second.wait_for()
    await expect(second.get_by_role("img", name="Not listened to")).to_have_count(0)

    async with device(demo, cast("charlie")) as charlie:
        for text in ("one", "two"):
            await charlie.text(f"u:{alice.userid}", text)
    await expect(alice.page.get_by_role("link", name="Back to the conversations, 2 unread")).to_be_visible()

    # Code is shown as such, what there is to know about a message is there, and emoji are found by words.
    await alice.box.fill("run `git log` or\n```sh\ngit  log\n```")
    await alice.box.press("Enter")
    sent = alice.message("run")
    await expect(sent.locator("pre")).to_have_text("git  log")
    await expect(sent.get_by_label("Sent")).to_be_visible()
    await sent.focus()
    await alice.page.keyboard.press("m")
    await alice.choose("Info")
    # Bob may have read it by then.
    await expect(alice.page.get_by_role("dialog").get_by_role("term").filter(has_text="Read")).to_be_visible()
    assert await findings(alice.page) == []
    await alice.page.keyboard.press("Escape")
    await alice.button("Stickers").click()
    await alice.page.get_by_role("tab", name="Emoji").click()
    await alice.page.get_by_role("searchbox", name="Search emoji").fill("coff")
    # The words for emoji are loaded when they are looked for.
    await expect(alice.page.get_by_role("button", name="😀")).to_have_count(0)
    await alice.page.keyboard.press("ArrowDown")
    await alice.page.keyboard.press("Enter")
    await expect(alice.box).to_have_value("☕")
