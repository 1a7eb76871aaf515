"""Files of any type: sent in pieces, shown as cards, and downloaded."""

import asyncio
from pathlib import Path

from playwright.async_api import Route, expect

from testkit.axe import findings
from testkit.device import Device
from testkit.pdfs import pdf
from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.files import heic
from tests.client.test_attach import tray

PIECES = "**/api/v1/uploads/files/*"
LINES = "".join(f"第 {number} 行 <b>\n" for number in range(200))


async def test_interrupted_file_upload_resumes_and_arrives_unchanged(
    sign_in: SignIn, cast: Cast, demo: Server, tmp_path: Path
) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    content = bytes(range(256)) * 10_000
    await alice.open(f"u:{bob.userid}")
    await bob.open(f"u:{alice.userid}")
    offsets: list[str] = []

    async def break_the_second(route: Route) -> None:
        offsets.append(route.request.headers.get("upload-offset", route.request.method))
        if len(offsets) == 2:
            await route.abort()
        else:
            await route.continue_()

    await alice.page.route(PIECES, break_the_second)
    await alice.attach({"name": "年度报告 2026.xlsx", "mimeType": "", "buffer": content})
    card = bob.page.get_by_role("log").get_by_role("link", name="年度报告 2026.xlsx")
    await expect(card).to_contain_text("2.4 MB")
    await expect(tray(alice)).to_have_count(0)

    # The second piece was sent again, and nothing before it.
    assert offsets == ["0", "1048576", "HEAD", "1048576", "2097152", "GET"]
    async with bob.page.expect_download() as download:
        await card.click()
    got = await download.value
    assert got.suggested_filename == "年度报告 2026.xlsx"
    assert await asyncio.to_thread(Path(await got.path()).read_bytes) == content
    assert await findings(bob.page, ".stream") == []
    await expect(alice.page.get_by_role("log").get_by_role("link", name="年度报告 2026.xlsx")).to_be_visible()


async def test_text_and_pdf_files_have_a_preview(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        for name, encoding in (("notes.md", "utf-8"), ("旧文件.txt", "gb18030")):
            await alice.attach({"name": name, "mimeType": "", "buffer": LINES.encode(encoding)})
            assert (await bob.message())["file"]["name"] == name
            card = alice.page.locator(".file-card").filter(has_text=name)

            await card.get_by_role("button", name="Show the first lines").click()

            lines = alice.page.get_by_label("The first lines").last
            await expect(lines).to_contain_text("第 29 行 <b>")
            await expect(lines).not_to_contain_text("第 30 行")
        await expect(lines.locator("b")).to_have_count(0)

        # What the server cannot show is sent as it is.
        await alice.attach(heic())
        await tray(alice).get_by_role("button", name="Send as a file: IMG_1.HEIC").click()
        sent = await bob.message()
        assert (sent["kind"], sent["file"]["name"]) == ("file", "IMG_1.HEIC")

        await alice.attach({"name": "报告.pdf", "mimeType": "", "buffer": pdf()})
        assert (await bob.message())["file"]["preview"]
        page = alice.page.locator(".file-card").get_by_role("button", name="Show the first page")
        await expect(page.locator("img")).to_have_js_property("naturalHeight", 1024)

        await page.click()

        shown = alice.page.get_by_role("dialog", name="报告.pdf").get_by_role("img", name="The first page")
        await expect(shown).to_be_in_viewport(ratio=1)
        assert await findings(alice.page, "dialog") == []
        await alice.page.keyboard.press("Escape")
        await expect(page).to_be_focused()
