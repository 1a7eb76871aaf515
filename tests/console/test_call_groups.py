"""The HTTP calls for groups."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.console.conftest import OpenWindow
from tests.console.window import Window, unfolded


async def members(window: Window, group_id: str) -> list[str]:
    return [member["userid"] for member in (await information(window, group_id))["members"]]


async def information(window: Window, group_id: str) -> dict[str, Any]:
    await window.page.get_by_role("button", name="Clear").click()
    await window.submit("grpinfo", groupid=group_id)
    data: dict[str, Any] = (await unfolded(window.received('"groupid"')))["data"]
    return data


async def test_six_group_calls_work(open_window: OpenWindow) -> None:
    window = await open_window()
    for method in ("GET", "POST"):
        await _each(window, method)


async def _each(window: Window, method: str) -> None:
    alice, bob, charlie = (f"calls-{method}-{name}" for name in ("alice", "bob", "charlie"))
    group_id = await window.make_group(alice, f"{bob},", f"Made to {method}")

    await window.page.get_by_role("button", name="Clear").click()
    await window.submit("addmembers", method=method, groupid=group_id, members=charlie)
    await expect(window.received('{"code":1,"message":"OK"}')).to_have_count(1)
    assert await members(window, group_id) == [alice, bob, charlie]

    await window.submit("delmembers", method=method, groupid=group_id, members=f"{bob},{charlie}")
    await expect(window.received('{"code":1,"message":"OK"}')).to_have_count(1)
    assert await members(window, group_id) == [alice]

    await window.page.get_by_role("button", name="Clear").click()
    await window.submit("querymygrps", method=method, userid=alice)
    await expect(window.received('"data":[{"groupid"')).to_contain_text(f"Made to {method}")


async def test_the_request_shows_before_it_is_sent(open_window: OpenWindow) -> None:
    window = await open_window()
    form = await window.fill("grpinfo", groupid="7")
    await expect(form.get_by_text("GET /grpinfo?groupid=7", exact=True)).to_be_visible()
    await window.fill("grpinfo", method="POST")
    await expect(form.get_by_text("POST /grpinfo groupid=7", exact=True)).to_be_visible()

    await window.submit("grpinfo", method="GET", groupid="999999999999999")
    await expect(window.received('"code":3')).to_contain_text("⚠ error")

    # What is not chosen to be sent stays as it is.
    group_id = await window.make_group("edit-alice", "edit-bob", "Before")
    form = await window.fill("editgrp", groupid=group_id)
    await form.get_by_label("send notice").check()
    await window.submit("editgrp", notice="Read this.")
    await expect(window.received('{"code":1,"message":"OK"}')).to_have_count(1)
    group = await information(window, group_id)
    assert (group["name"], group["notice"]) == ("Before", "Read this.")
    await form.get_by_label("send notice").uncheck()
    await form.get_by_label("send name").check()
    await window.submit("editgrp", name="After")
    await expect(window.received('{"code":1,"message":"OK"}')).to_have_count(1)
    group = await information(window, group_id)
    assert (group["name"], group["notice"]) == ("After", "Read this.")


@pytest.mark.promise("console-2")
async def test_the_token_of_the_login_goes_with_a_call(open_window: OpenWindow) -> None:
    window = await open_window()

    await window.fill("login", token="a.b_c")
    form = await window.fill("grpinfo", groupid="7")
    await expect(form.get_by_text("GET /grpinfo?groupid=7&access_token=a.b_c", exact=True)).to_be_visible()

    await window.fill("login", token="")
    await window.fill("grpinfo")
    await expect(form.get_by_text("GET /grpinfo?groupid=7", exact=True)).to_be_visible()
