"""Choosing and sending files."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Locator, Request, Route, expect

from testkit.axe import findings
from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.files import document, heic, mp3, mp4, noise, png
from tests.client.person import Person

UPLOADS = "**/api/v1/uploads"


def tray(person: Person) -> Locator:
    """Return the list of pending uploads."""
    return person.page.get_by_role("list", name="Files being sent").get_by_role("listitem")


@pytest.mark.core
async def test_attached_files_arrive_by_kind_in_the_chosen_order(
    sign_in: SignIn, cast: Cast, demo: Server
) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        # The first takes longest.
        await alice.attach(noise(900), png(64), mp3(), mp4())

        sent = [await bob.message() for _ in range(4)]
        assert [one["kind"] for one in sent] == ["picture", "picture", "audio", "video"]
        sizes = [one["content"].rpartition("-")[2] for one in sent[:2]]
        assert sizes == ["900x900.png", "64x40.png"]
        assert (await alice.page.request.get(sent[1]["content"])).ok
    await expect(tray(alice)).to_have_count(0)


async def test_refused_file_shows_the_reason_and_leaves_the_caption(sign_in: SignIn, tmp_path: Path) -> None:
    with Server(tmp_path, IM66_MAX_PICTURE_BYTES="50000", IM66_MAX_FILE_BYTES="7") as server:
        alice = await sign_in("alice", at=server)
        async with Device(server.entry, "bob") as bob:
            await alice.open("u:bob")

            dialog = await alice.choose_files(document(), heic(), noise(300), png(40))
            await expect(dialog.get_by_role("listitem").filter(has_text="notes.pdf")).to_contain_text(
                "Too large: at most 7 B."
            )
            await dialog.get_by_role("button", name="Send", exact=True).click()
            assert (await bob.message())["content"].endswith("-40x40.png")
            for name, text in (("IMG_1.HEIC", "Send a JPEG."), ("noise.png", "50000 bytes")):
                await expect(tray(alice).filter(has_text=name)).to_contain_text(text)
                await alice.button(f"Cancel {name}").click()
            await expect(tray(alice)).to_have_count(0)

            # The last one is refused, the first was sent.
            await alice.attach(png(40), noise(300), caption="both")
            assert (await bob.message())["content"].endswith("-40x40.png")
            assert (await bob.message())["content"] == "both"
            await alice.button("Cancel noise.png").click()

            # The last one is cancelled before the first was sent.
            await alice.page.route(UPLOADS, hold, times=1)
            await alice.attach(png(50, name="first.png"), png(60), caption="one")
            await alice.button("Cancel photo.png").click()
            await expect(tray(alice).filter(has_text="first.png")).to_contain_text("one")

            # None is sent: it is in the box again.
            await alice.button("Cancel first.png").click()
            await expect(alice.box).to_have_value("one")
            await alice.attach(noise(300), caption="two")
            await expect(tray(alice)).to_contain_text("50000 bytes")
            await alice.button("Cancel noise.png").click()
            await expect(alice.box).to_have_value("one\ntwo")


async def test_caption_is_sent_after_its_files(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        dialog = await alice.choose_files(noise(700), png(50, name="second.png"), png(60))
        await dialog.get_by_role("button", name="Remove second.png").click()
        caption = dialog.get_by_role("textbox", name="Caption")
        await expect(caption).to_be_focused()
        await caption.press_sequentially("Two")
        await caption.press("Shift+Enter")
        await caption.press_sequentially("pictures")
        assert await findings(alice.page, "dialog") == []
        await caption.press("Enter")
        await expect(dialog).to_have_count(0)
        await expect(alice.box).to_be_focused()
        await alice.write("And a text")

        sent = [await bob.message() for _ in range(4)]
        texts = [one["content"] for one in sent if one["kind"] == "text"]
        assert sorted(texts) == ["And a text", "Two\npictures"]
        # Whatever else is written meanwhile does not come between them.
        at = [one["content"] for one in sent].index("Two\npictures")
        assert sent[at - 1]["content"].endswith("-60x40.png")

        # With Escape nothing is sent, and what is too long is said.
        dialog = await alice.choose_files(png(40))
        await dialog.get_by_role("textbox", name="Caption").fill("好" * 22_000)
        await expect(dialog.get_by_role("alert")).to_contain_text("64 KB")
        await expect(dialog.get_by_role("button", name="Send", exact=True)).to_be_disabled()
        await alice.page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(alice.box).to_be_focused()
        await alice.write("never mind")
        assert (await bob.message())["content"] == "never mind"


async def test_upload_can_be_cancelled_and_retried_and_warns_before_closing(
    sign_in: SignIn, cast: Cast, demo: Server
) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        await alice.page.route(UPLOADS, hold, times=1)
        await alice.attach(png(40, name="first.png"), png(50, name="second.png"))
        await expect(alice.page.get_by_role("progressbar", name="first.png")).to_be_visible()
        await expect(tray(alice).filter(has_text="second.png")).to_contain_text("Waiting")
        await alice.page.get_by_role("button", name="Cancel first.png").click()
        assert (await bob.message())["content"].endswith("-50x40.png")
        await expect(tray(alice)).to_have_count(0)

        # A moment without an answer is waited for; a longer one is said.
        await alice.page.route(UPLOADS, lambda route: route.abort(), times=2)
        await alice.attach(png(60))
        assert (await bob.message())["content"].endswith("-60x40.png")
        await alice.page.route(UPLOADS, lambda route: route.abort())
        await alice.attach(png(70))
        await expect(tray(alice)).to_contain_text("The server cannot be reached.")
        await alice.page.unroute(UPLOADS)
        await alice.page.get_by_role("button", name="Try again: photo.png").click()
        assert (await bob.message())["content"].endswith("-70x40.png")

        released = asyncio.Event()

        async def hold_until_released(route: Route) -> None:
            await released.wait()
            await route.continue_()

        await alice.page.route(UPLOADS, hold_until_released)
        await alice.attach(png(80))
        await expect(tray(alice)).to_have_count(1)
        await alice.open(f"u:{cast('charlie')}")
        await expect(tray(alice)).to_have_count(0)
        released.set()
        assert (await bob.message())["content"].endswith("-80x40.png")

    await alice.page.route(UPLOADS, hold)
    await alice.attach(png(40))
    await expect(tray(alice)).to_have_count(1)
    async with alice.page.expect_event("dialog") as dialog:
        await alice.page.close(run_before_unload=True)
    question = await dialog.value
    assert question.type == "beforeunload"
    await question.dismiss()
    await alice.button("Cancel photo.png").click()
    async with alice.page.expect_event("close"):
        await alice.page.close(run_before_unload=True)


async def hold(route: Route, request: Request) -> None:
    """Let a request hang."""
