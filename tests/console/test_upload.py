"""Uploading a file."""

import json
from pathlib import Path

from playwright.async_api import expect

from tests.console.conftest import OpenWindow
from tests.console.window import unfolded

PICTURE = Path(__file__).resolve().parents[2] / "static/im66/avatar.png"


async def test_a_file_is_stored_by_each_call(open_window: OpenWindow) -> None:
    window = await open_window()
    form = await window.fill("uploads")
    await form.get_by_label("file").set_input_files(PICTURE)
    await expect(
        form.get_by_text(f"file: avatar.png, image/png, {PICTURE.stat().st_size} bytes")
    ).to_be_visible()
    await form.get_by_role("button", name="Send").click()
    stored = await unfolded(window.received("HTTP 201"))
    assert (stored["kind"], stored["type"]) == ("picture", "image/png")
    assert (await window.page.request.get(stored["url"])).ok

    # Those of the shipped apps.
    for call in ("writev2", "avatar"):
        await window.page.get_by_role("button", name="Clear").click()
        form = await window.fill(call)
        await form.get_by_label("file").set_input_files(PICTURE)
        await form.get_by_role("button", name="Send").click()
        stored = await unfolded(window.received("HTTP 200"))
        assert stored["code"] == 0
        assert stored["data"].endswith(".png")
        await expect(window.received("HTTP 200")).not_to_contain_text("⚠ error")


async def test_a_refusal_is_marked_as_an_error(open_window: OpenWindow, tmp_path: Path) -> None:
    window = await open_window()
    (tmp_path / "text.txt").write_text("no picture")
    # Of group calls, 1 means that it was done.
    form = await window.fill("writev2")
    await form.get_by_role("button", name="Send").click()
    await expect(window.received('"code":1')).to_contain_text("⚠ error")

    form = await window.fill("uploads")
    await form.get_by_label("file").set_input_files(tmp_path / "text.txt")
    await form.get_by_role("button", name="Send").click()
    await expect(window.received("HTTP 415")).to_contain_text("⚠ error")
    assert json.loads((await window.received("HTTP 415").locator(".frame").inner_text()).split("\n\n")[-1])
