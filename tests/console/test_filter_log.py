"""Showing a part of the log."""

from playwright.async_api import expect

from tests.console.conftest import OpenWindow
from tests.console.window import Window


async def fill_log(window: Window) -> None:
    """Two notes, and of each other kind one sent and one received but errors, which are received only."""
    await window.connect()
    await window.submit("raw", frame="records_filter-bob_0")
    await expect(window.received("error_401_")).to_be_visible()
    await window.submit("raw", frame="login_filter-alice")
    await window.submit("raw", frame="records_filter-bob_0")
    await expect(window.received("records_filter-bob_")).to_be_visible()
    await window.submit("querymygrps", userid="filter-alice")
    await expect(window.received("HTTP 200")).to_be_visible()
    await expect(window.page.get_by_text("9 of 9 shown")).to_be_visible()


async def test_log_filters_by_text_and_kind(open_window: OpenWindow) -> None:
    window = await open_window()
    await fill_log(window)

    await window.page.get_by_role("searchbox").fill("RECORDS")
    await expect(window.entries).to_have_count(3)
    await expect(window.page.get_by_text("3 of 9 shown")).to_be_visible()
    await window.page.get_by_role("searchbox").fill("")
    await expect(window.entries).to_have_count(9)

    for kind, count in {"sent": 3, "received": 1, "errors": 1, "http": 2, "notes": 2}.items():
        box = window.page.get_by_role("checkbox", name=kind, exact=True)
        await box.uncheck()
        await expect(window.entries).to_have_count(9 - count)
        await box.check()

    # What comes later is filtered too.
    await window.page.get_by_role("button", name="Clear").click()
    await expect(window.entries).to_have_count(0)
    await expect(window.page.get_by_text("Nothing yet.")).to_be_visible()
    await window.page.get_by_role("checkbox", name="notes").uncheck()
    await window.page.get_by_role("button", name="Disconnect").click()
    await window.connect()
    await expect(window.page.get_by_text("0 of 3 shown")).to_be_visible()
    await expect(window.entries).to_have_count(0)
