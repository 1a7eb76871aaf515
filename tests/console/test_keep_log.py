"""The log as text, for the clipboard and as a file."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.console.conftest import OpenWindow
from tests.console.window import Window

TIME = r"\d\d:\d\d:\d\d\.\d\d\d"


async def fill_log(window: Window) -> re.Pattern[str]:
    """What the whole log is as text."""
    await window.connect()
    await window.submit("raw", frame="non\nsense")
    await expect(window.received("error_400_")).to_be_visible()
    blocks = [
        r"im66 console at http://127\.0\.0\.1:\d+, \S+Z",
        rf"{TIME} · note\nConnection: connecting …",
        rf"{TIME} · note\nConnection: open",
        rf"{TIME} → sent 9 bytes\nnon\nsense",
        rf"{TIME} ← received error 22 bytes\nerror_400_unknown verb\n",
    ]
    return re.compile("\n\n".join(blocks))


@pytest.mark.promise("console-4")
async def test_log_is_exported_as_text(open_window: OpenWindow, tmp_path: Path) -> None:
    window = await open_window()
    await window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expected = await fill_log(window)

    # What the filter hides is kept all the same.
    await window.page.get_by_role("searchbox").fill("nothing holds this")
    async with window.page.expect_download() as started:
        await window.page.get_by_role("button", name="Download").click()
    saved = await started.value
    assert saved.suggested_filename == "im66-console.txt"
    await saved.save_as(tmp_path / "log")
    assert expected.fullmatch((tmp_path / "log").read_text())
    await window.page.get_by_role("searchbox").fill("")

    copied = window.entries.filter(has_text="Copied.")
    await window.page.get_by_role("button", name="Copy").click()
    await expect(copied).to_have_count(1)
    text = await window.page.evaluate("navigator.clipboard.readText()")
    assert expected.fullmatch(text)

    # Where the browser keeps the clipboard from pages, as from those that came by plain HTTP.
    await window.page.evaluate("""async () => {
        await navigator.clipboard.writeText("");
        window.read = navigator.clipboard.readText.bind(navigator.clipboard);
        Object.defineProperty(navigator, "clipboard", { value: undefined });
    }""")
    await window.page.get_by_role("button", name="Copy").click()
    await expect(copied).to_have_count(2)
    again = await window.page.evaluate("window.read()")
    assert again.partition("\n\n")[2].startswith(text.partition("\n\n")[2])
