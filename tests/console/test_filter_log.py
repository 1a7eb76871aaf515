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


async def test_it_works(open_window: OpenWindow) -> None:
    window = await open_window()
    await fill_log(window)

    await window.page.get_by_role("searchbox").fill("RECORDS")
    await expect(window.entries).to_have_count(3)
    await expect(window.page.get_by_text("3 of 9 shown")).to_be_visible()

    await window.page.get_by_role("searchbox").fill("")
    await expect(window.entries).to_have_count(9)


async def test_each_kind_can_be_hidden(open_window: OpenWindow) -> None:
    window = await open_window()
    await fill_log(window)

    for kind, count in {"sent": 3, "received": 1, "errors": 1, "http": 2, "notes": 2}.items():
        box = window.page.get_by_role("checkbox", name=kind, exact=True)
        await box.uncheck()
        await expect(window.entries).to_have_count(9 - count)
        await box.check()


async def test_what_comes_later_is_filtered_too(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.page.get_by_role("checkbox", name="notes").uncheck()

    await window.connect()

    await expect(window.page.get_by_text("0 of 2 shown")).to_be_visible()
    await expect(window.entries).to_have_count(0)
