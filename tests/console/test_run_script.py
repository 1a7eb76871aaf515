"""A script of frames."""

import pytest
from playwright.async_api import Locator, expect

from tests.console.conftest import OpenWindow
from tests.console.window import Window, frame_in


def progress(window: Window) -> Locator:
    return window.page.get_by_role("status", name="Script")


def sent(window: Window) -> Locator:
    return window.entries.filter(has_text="→ sent")


async def run(window: Window, script: str) -> None:
    await window.fill("script", frames=script)
    await window.page.get_by_role("button", name="Run").click()


@pytest.mark.promise("console-3")
async def test_script_frames_are_sent_in_order(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()
    # Without a connection it fails at its first frame.
    await run(alice, "first\nsecond")
    await expect(progress(alice)).to_have_text("failed")
    await expect(alice.entries).to_have_count(1)
    await expect(alice.entries).to_contain_text("Not connected: nothing was sent.")

    await bob.log_in("script-bob")
    await alice.connect()
    await run(
        alice,
        "login_script-alice\n\n# Two texts.\ntext_script-bob_one↵two_unicast_\ntext_script-bob_3_unicast_",
    )
    await expect(progress(alice)).to_have_text("done")
    await expect(sent(alice)).to_have_count(3)
    await expect(bob.received("_3_unicast_")).to_be_visible()
    assert "_one\ntwo_unicast_" in await frame_in(bob.received("script-alice").first)

    # It can wait for a frame.
    await run(alice, "text_script-bob_Your turn._unicast_\n# until My turn.\ntext_script-bob_Over._unicast_")
    await expect(bob.received("Your turn.")).to_be_visible()
    await expect(progress(alice)).to_have_text("line 2")
    await bob.write("script-alice", "My turn.")
    await expect(progress(alice)).to_have_text("done")
    await expect(bob.received("Over.")).to_be_visible()

    # It can be stopped.
    before = await sent(alice).count()
    await run(alice, "first\n# wait 100000\nsecond")
    await expect(progress(alice)).to_have_text("line 2")
    await alice.page.get_by_role("button", name="Stop").click()
    await expect(progress(alice)).to_have_text("stopped")
    await expect(sent(alice)).to_have_count(before + 1)
    await expect(alice.page.get_by_role("button", name="Run")).to_be_focused()


async def test_the_example_works_as_it_stands(open_window: OpenWindow) -> None:
    for dialect, expected in {"legacy": "records_bob_", "im66.json.v1": '"re":"c","ok"'}.items():
        window = await open_window()
        await window.choose(dialect)
        await window.connect()
        await window.page.get_by_role("radio", name="Script").check()
        await window.page.get_by_role("button", name="Run").click()
        await expect(progress(window)).to_have_text("done")
        await expect(window.received(expected)).to_be_visible()


async def test_script_can_be_taken_from_log(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.connect()
    await window.submit("raw", frame="one\ntwo")
    await window.submit("querymygrps", userid="script-taken")
    await window.submit("raw", frame="three")
    await window.page.get_by_role("radio", name="Script").check()

    await window.page.get_by_role("button", name="Take from log").click()

    taken = await window.form("script").get_by_label("frames").input_value()
    assert [line for line in taken.split("\n") if not line.startswith("# wait ")] == ["one↵two", "three"]
