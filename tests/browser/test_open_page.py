"""What is there when the page opens."""

from playwright.async_api import expect

from testkit.server import Server
from tests.browser.conftest import OpenWindow

ACTIONS = [
    *("login", "logout", "message", "members", "records", "raw"),
    *("creategrp", "addmembers", "delmembers", "editgrp", "querymygrps", "grpinfo"),
]


async def test_it_works(open_window: OpenWindow, server: Server) -> None:
    window = await open_window()

    await expect(window.page).to_have_title("im66 test client")
    await expect(window.form("connection").get_by_label("address")).to_have_value(server.entry)
    await expect(window.state).to_have_text("not connected yet")
    await expect(window.entries).to_have_count(0)
    await expect(window.page.get_by_text("Nothing yet.")).to_be_visible()


async def test_there_is_a_form_for_each_verb_and_each_call(open_window: OpenWindow) -> None:
    window = await open_window()

    for action in ACTIONS:
        form = await window.fill(action)
        await expect(form.get_by_role("button", name="Send")).to_be_visible()


async def test_every_field_has_a_label(open_window: OpenWindow) -> None:
    window = await open_window()

    labels = await window.page.evaluate(
        "[...document.querySelectorAll('input, select, textarea')].map(field => field.labels.length)"
    )

    assert labels
    assert set(labels) == {1}


async def test_it_says_that_open_mode_trusts_everyone(open_window: OpenWindow) -> None:
    window = await open_window()

    await expect(window.page.get_by_text("Open mode trusts everyone.")).to_be_visible()
    await expect(window.page.get_by_text("The server believes every userid")).to_be_visible()


async def test_a_link_leads_to_the_admin(open_window: OpenWindow, server: Server) -> None:
    window = await open_window()

    address = await window.page.get_by_role("link", name="Admin").get_attribute("href")

    assert address == "/admin/"
    answer = await window.page.request.get(f"{server.http}{address}")
    assert answer.ok
    assert "Log in" in await answer.text()


async def test_long_names_fit_on_a_phone(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.page.set_viewport_size({"width": 390, "height": 844})

    await window.log_in("alice" + "x" * 59)
    await window.submit("grpinfo", groupid="9" * 300)
    await expect(window.received('"code":')).to_be_visible()

    assert await window.page.evaluate("document.documentElement.scrollWidth") == 390
    # The page hides what is too wide, instead of scrolling to it.
    edges = await window.page.evaluate(
        "[...document.querySelectorAll('.forms details')].map(one => one.getBoundingClientRect().right)"
    )
    assert edges
    assert max(edges) <= 390 - 16
