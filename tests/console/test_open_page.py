"""What is there when the page opens."""

import pytest
from playwright.async_api import expect

from testkit.server import Server
from tests.console.conftest import OpenWindow

CALLS = [
    *("creategrp", "addmembers", "delmembers", "editgrp", "querymygrps", "grpinfo"),
    *("uploads", "writev1", "writev2", "writev3", "avatar", "request"),
]
ACTIONS = {
    "legacy": ["login", "logout", "message", "members", "records", "raw", *CALLS],
    "im66.json.v1": [
        *("hello", "send", "edit", "recall", "react", "read", "ack", "typing", "presence", "ping", "raw"),
        *CALLS,
    ],
}
# What is wider than the column of forms, which hides it. A textarea scrolls.
TOO_WIDE = """() => {
    const right = document.querySelector("#connection").getBoundingClientRect().right;
    const all = [...document.querySelectorAll(".forms *")];
    const own = all.filter((one) => !one.closest(".latest, .choice legend"));
    const wide = own.filter((one) => one.getBoundingClientRect().right > right + 1);
    return wide.map((one) => one.outerHTML.slice(0, 80));
}"""
PARTS = ["Frames", "Script", "Uploads", "Groups", "API"]


async def test_console_shows_server_and_labels(open_window: OpenWindow, server: Server) -> None:
    window = await open_window()
    await expect(window.page).to_have_title("im66 console")
    await expect(window.form("connection").get_by_label("address")).to_have_value(server.entry)
    await expect(window.state).to_have_text("not connected yet")
    await expect(window.entries).to_have_count(0)
    await expect(window.page.get_by_text("Nothing yet.")).to_be_visible()
    await expect(window.page.get_by_text("Open mode trusts everyone.")).to_be_visible()
    await expect(window.page.get_by_text("The server believes every userid")).to_be_visible()

    labels = await window.page.evaluate(
        "[...document.querySelectorAll('input, select, textarea')].map(field => field.labels.length)"
    )
    assert labels
    assert set(labels) == {1}

    address = await window.page.get_by_role("link", name="Admin").get_attribute("href")
    assert address == "/admin/"
    answer = await window.page.request.get(f"{server.http}{address}")
    assert answer.ok
    assert "Log in" in await answer.text()


@pytest.mark.promise("console-1")
async def test_console_has_form_per_action(open_window: OpenWindow) -> None:
    window = await open_window()
    for dialect, actions in ACTIONS.items():
        await window.choose(dialect)
        for action in actions:
            form = await window.fill(action)
            await expect(form.get_by_role("button", name="Send")).to_be_visible()


async def test_the_keyboard_gets_to_every_part(open_window: OpenWindow) -> None:
    window = await open_window()

    await window.tab_to(window.page.get_by_role("radio", name="legacy"))
    await window.page.keyboard.press("ArrowRight")
    await window.tab_to(window.page.get_by_role("radio", name="Frames"))
    await expect(window.form("hello")).to_be_visible()
    for part in PARTS[1:]:
        await window.page.keyboard.press("ArrowRight")
        await expect(window.page.get_by_role("region", name=part, exact=True)).to_be_visible()
    await expect(window.form("hello")).to_have_count(0)


async def test_console_fits_window(open_window: OpenWindow) -> None:
    window = await open_window()
    for width in (1280, 390):
        await window.page.set_viewport_size({"width": width, "height": 844})
        for dialect in ACTIONS:
            await window.choose(dialect)
            await window.page.evaluate(
                "document.querySelectorAll('details').forEach((one) => (one.open = true))"
            )
            for part in PARTS:
                await window.page.get_by_role("radio", name=part, exact=True).check()
                assert await window.page.evaluate("document.documentElement.scrollWidth") == width
                assert await window.page.evaluate(TOO_WIDE) == [], (dialect, part)


async def test_long_names_fit_on_a_phone(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.page.set_viewport_size({"width": 390, "height": 844})

    await window.log_in("alice" + "x" * 59)
    await window.submit("grpinfo", groupid="9" * 300)
    await expect(window.received('"code":')).to_be_visible()

    assert await window.page.evaluate("document.documentElement.scrollWidth") == 390
    # The page hides what is too wide, instead of scrolling to it.
    edges = await window.page.evaluate(
        "[...document.querySelectorAll('#groups details')].map(one => one.getBoundingClientRect().right)"
    )
    assert edges
    assert max(edges) <= 390 - 16
