"""Disconnecting and reconnecting: no message is lost or repeated."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Error, expect

from testkit.server import WITHOUT_LIMITS, Server
from tests.client.conftest import SignIn
from tests.client.person import Person

# Notes the banners that are shown within the seconds, however briefly.
WATCH_BANNERS = """(seconds) => {
    window.banners = [];
    const end = performance.now() + seconds * 1000;
    const look = () => {
        if (performance.now() > end) return;
        for (const banner of document.querySelectorAll(".banner")) window.banners.push(banner.textContent);
    };
    const what = { subtree: true, childList: true, characterData: true };
    new MutationObserver(look).observe(document.body, what);
}"""

NO_ROOM = """() => {
    const set = Storage.prototype.setItem;
    Storage.prototype.setItem = function (key, value) {
        if (key.startsWith("im66.out.")) throw new DOMException("full", "QuotaExceededError");
        set.call(this, key, value);
    };
}"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, **WITHOUT_LIMITS) as running:
        yield running


async def two_who_talk(sign_in: SignIn, here: Server, there: Server | None = None) -> tuple[Person, Person]:
    """Open the pages of Alice and Bob. Bob may use another process."""
    alice, bob = await sign_in("alice", at=here), await sign_in("bob", at=there or here)
    await alice.open("u:bob")
    await bob.open("u:alice")
    return alice, bob


async def read_in_order(person: Person, *texts: str) -> None:
    """Check that all texts are shown once, in order, and no others."""
    await expect(person.messages.get_by_role("article")).to_contain_text(texts)
    await expect(person.messages.get_by_role("article")).to_have_count(len(texts))


async def is_away(person: Person) -> None:
    await person.page.get_by_role("status").filter(has_text="cannot be reached").wait_for()


@pytest.mark.core
async def test_messages_around_a_server_kill_appear_once_in_order(sign_in: SignIn, server: Server) -> None:
    alice, bob = await two_who_talk(sign_in, server)
    texts = [f"<{number}>" for number in range(20)]

    for text in texts[:10]:
        await alice.write(text)
    await bob.reads(texts[3])
    server.kill()
    for text in texts[10:]:
        await alice.write(text)
    server.start()
    await bob.reads(texts[-1])
    await bob.write("back")

    await read_in_order(alice, *texts, "back")
    await read_in_order(bob, *texts, "back")
    assert server.stored() == [*texts, "back"]


async def test_page_survives_restart_reload_and_restored_log(
    sign_in: SignIn, server: Server, tmp_path: Path
) -> None:
    alice, bob = await two_who_talk(sign_in, server)
    # On a machine that is busy a server may be away for longer.
    await alice.page.evaluate(WATCH_BANNERS, 8)

    server.terminate()
    assert server.exit_code == 0
    await alice.write("during the restart")
    server.start()
    await bob.reads("during the restart")
    await read_in_order(alice, "during the restart")
    assert await alice.page.evaluate("window.banners") == []

    await alice.context.set_offline(True)
    server.kill()
    await is_offline(alice)
    await alice.write("first")
    await alice.write("second")
    with suppress(Error):
        await alice.page.reload()
    server.start()
    await alice.context.set_offline(False)
    await alice.page.goto(f"{server.http}/#/u/bob")
    await alice.page.reload()

    texts = ["during the restart", "first", "second"]
    await read_in_order(bob, *texts)
    await read_in_order(alice, *texts)
    assert server.stored() == texts

    # Read marks that were made while away are told.
    texts.append("in the backup")
    await bob.open("u:charlie")
    await alice.write("in the backup")
    await expect(bob.conversation("alice")).to_contain_text("in the backup")
    assert await unread(bob, "u:alice") == 1
    server.kill()
    await is_away(bob)
    await bob.page.evaluate("location.hash = '#/u/alice'")
    await bob.reads("in the backup")
    server.start()
    async with asyncio.timeout(60):
        while await unread(bob, "u:alice"):
            await asyncio.sleep(0.1)

    server.stop()
    shutil.copy(tmp_path / "im66.sqlite3", tmp_path / "backup")
    server.start()
    await alice.write("lost with the disk")
    await bob.reads("lost with the disk")

    server.stop()
    restore(tmp_path)
    server.start()

    await read_in_order(bob, *texts)
    await read_in_order(alice, *texts)
    await bob.write("written anew")
    await read_in_order(alice, *texts, "written anew")


async def is_offline(person: Person) -> None:
    await person.page.get_by_role("status").filter(has_text="You are offline.").wait_for()


async def test_two_tabs_lose_no_message_around_a_server_kill(sign_in: SignIn, server: Server) -> None:
    alice, bob = await two_who_talk(sign_in, server)
    tab = await alice.new_tab("u:bob")
    texts = [f"<{number}>" for number in range(6)]

    # They write at once.
    server.kill()
    await is_away(tab)
    for number, text in enumerate(texts):
        await (alice, tab)[number % 2].write(text)
    server.start()
    await bob.reads(texts[-1])
    assert server.stored() == texts
    for person in (alice, tab, bob):
        await read_in_order(person, *texts)

    # The one that holds the line is closed meanwhile.
    server.kill()
    await is_away(tab)
    await alice.write("from the first tab")
    await tab.write("from the second tab")
    await tab.reads("from the first tab")
    await alice.page.close()
    server.start()
    texts += ["from the first tab", "from the second tab"]
    await bob.reads(texts[-1])
    for person in (tab, bob):
        await read_in_order(person, *texts)

    # Nothing can be kept: neither what this one writes, nor what the one writes that does not hold the line.
    other = await tab.new_tab("u:bob")
    for page in (tab.page, other.page):
        await page.evaluate(NO_ROOM)
    server.kill()
    await is_away(other)
    await tab.write("from the one")
    await other.write("from the other")
    await expect(tab.page.get_by_text("This browser has no room left")).to_be_visible()
    server.start()
    for person in (bob, tab, other):
        await person.reads("from the one")
        await person.reads("from the other")


def restore(folder: Path) -> None:
    for journal in folder.glob("im66.sqlite3-*"):
        journal.unlink()
    shutil.copy(folder / "backup", folder / "im66.sqlite3")


async def unread(person: Person, conversation: str) -> int:
    """Return the server's unread count."""
    listed = await person.call("GET", f"conversations/{conversation}")
    return int(listed["unread"])
