"""Being away, and coming back: nothing is lost, and nothing is there twice."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Error, expect

from testkit.forwarder import Forwarder
from testkit.server import WITHOUT_LIMITS, Server
from tests.client.conftest import SignIn
from tests.client.person import Person
from tests.support.pair import Pair, two_processes

# Whatever banner comes, and however briefly it is there.
# Those that are shown within the seconds.
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


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with two_processes(tmp_path_factory, **WITHOUT_LIMITS) as servers:
        yield servers


async def two_who_talk(sign_in: SignIn, here: Server, there: Server | None = None) -> tuple[Person, Person]:
    """Alice, and Bob, who may use another process."""
    alice, bob = await sign_in("alice", at=here), await sign_in("bob", at=there or here)
    await alice.open("u:bob")
    await bob.open("u:alice")
    return alice, bob


async def read_in_order(person: Person, *texts: str) -> None:
    """All of them, each once, and nothing else."""
    await expect(person.messages.get_by_role("article")).to_contain_text(texts)
    await expect(person.messages.get_by_role("article")).to_have_count(len(texts))


async def is_away(person: Person) -> None:
    await person.page.get_by_role("status").filter(has_text="cannot be reached").wait_for()


@pytest.mark.core
async def test_it_works(sign_in: SignIn, server: Server) -> None:
    alice, bob = await two_who_talk(sign_in, server)
    await alice.write("before")
    await bob.reads("before")

    server.kill()
    for text in ("one", "two", "three"):
        await alice.write(text)
    server.start()
    await bob.reads("three")
    await bob.write("back")

    await read_in_order(alice, "before", "one", "two", "three", "back")
    await read_in_order(bob, "before", "one", "two", "three", "back")
    assert server.stored() == ["before", "one", "two", "three", "back"]


async def test_killed_while_they_write(sign_in: SignIn, server: Server) -> None:
    alice, bob = await two_who_talk(sign_in, server)
    texts = [f"<{number}>" for number in range(30)]

    for text in texts[:15]:
        await alice.write(text)
    await bob.reads(texts[3])
    server.kill()
    for text in texts[15:]:
        await alice.write(text)
    server.start()

    await bob.reads(texts[-1])
    assert server.stored() == texts
    await read_in_order(bob, *texts)
    await read_in_order(alice, *texts)


async def test_what_others_write_meanwhile_is_there_at_return(sign_in: SignIn, server: Server) -> None:
    alice, bob = await two_who_talk(sign_in, server)
    async with Forwarder(server.port) as way:
        tab = await sign_in("alice", at=way)
        await tab.open("u:bob")
        way.fall_silent()
        await bob.write("said meanwhile")
        await alice.reads("said meanwhile")
        await alice.write("answered meanwhile")
        await bob.reads("answered meanwhile")
        await tab.page.evaluate("dispatchEvent(new Event('online'))")

        await read_in_order(tab, "said meanwhile", "answered meanwhile")


async def test_one_of_two_processes_is_killed(sign_in: SignIn, pair: Pair) -> None:
    here, there = pair
    alice, bob = await two_who_talk(sign_in, here, there)
    await alice.write("before")
    await bob.reads("before")

    here.kill()
    await is_away(alice)
    await alice.write("while away")
    await bob.write("meanwhile")
    await bob.reads("meanwhile")
    here.start()

    await bob.reads("while away")
    await read_in_order(bob, "before", "meanwhile", "while away")
    await read_in_order(alice, "before", "meanwhile", "while away")


async def test_behind_a_proxy_the_other_process_goes_on(sign_in: SignIn, pair: Pair) -> None:
    here, there = pair
    async with Forwarder(here.port, there.port) as proxy:
        carol, dave = await sign_in("carol", at=proxy), await sign_in("dave", at=there)
        await carol.open("u:dave")
        await dave.open("u:carol")
        await carol.write("before")
        await dave.reads("before")

        here.kill()
        await carol.write("one")
        await carol.write("two")
        await dave.reads("two")
        await dave.write("three")

        await read_in_order(carol, "before", "one", "two", "three")
        await read_in_order(dave, "before", "one", "two", "three")
        here.start()


async def test_what_waits_outlives_the_page(sign_in: SignIn, server: Server) -> None:
    alice, bob = await two_who_talk(sign_in, server)
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

    await read_in_order(bob, "first", "second")
    await read_in_order(alice, "first", "second")
    assert server.stored() == ["first", "second"]


async def is_offline(person: Person) -> None:
    await person.page.get_by_role("status").filter(has_text="You are offline.").wait_for()


async def test_a_restart_is_not_spoken_of(sign_in: SignIn, server: Server) -> None:
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


async def test_the_tab_that_holds_the_line_is_closed_meanwhile(sign_in: SignIn, server: Server) -> None:
    alice, bob = await two_who_talk(sign_in, server)
    tab = await alice.new_tab("u:bob")
    server.kill()
    await is_away(tab)
    await alice.write("from the first tab")
    await tab.write("from the second tab")
    await tab.reads("from the first tab")

    await alice.page.close()
    server.start()

    await bob.reads("from the second tab")
    await read_in_order(bob, "from the first tab", "from the second tab")
    await read_in_order(tab, "from the first tab", "from the second tab")


async def test_two_tabs_write_at_once(sign_in: SignIn, server: Server) -> None:
    alice, bob = await two_who_talk(sign_in, server)
    tab = await alice.new_tab("u:bob")
    server.kill()
    await is_away(tab)
    texts = [f"<{number}>" for number in range(10)]
    for number, text in enumerate(texts):
        await (alice, tab)[number % 2].write(text)
    server.start()

    await bob.reads(texts[-1])
    assert server.stored() == texts
    for person in (alice, tab, bob):
        await read_in_order(person, *texts)


async def test_a_full_storage_keeps_nobody_from_writing(sign_in: SignIn, server: Server) -> None:
    alice, bob = await two_who_talk(sign_in, server)
    tab = await alice.new_tab("u:bob")
    for page in (alice.page, tab.page):
        await page.evaluate(NO_ROOM)
    server.kill()
    await is_away(tab)

    # One of them does not hold the line.
    await alice.write("from the one")
    await tab.write("from the other")
    await expect(alice.page.get_by_text("This browser has no room left")).to_be_visible()
    server.start()

    await bob.reads("from the one")
    await bob.reads("from the other")
    for person in (alice, tab):
        await person.reads("from the one")
        await person.reads("from the other")


def restore(folder: Path) -> None:
    for journal in folder.glob("im66.sqlite3-*"):
        journal.unlink()
    shutil.copy(folder / "backup", folder / "im66.sqlite3")


async def test_a_restored_log_is_read_anew(sign_in: SignIn, server: Server, tmp_path: Path) -> None:
    alice, bob = await two_who_talk(sign_in, server)
    await alice.write("in the backup")
    await bob.reads("in the backup")
    server.stop()
    shutil.copy(tmp_path / "im66.sqlite3", tmp_path / "backup")
    server.start()
    await alice.write("lost with the disk")
    await bob.reads("lost with the disk")

    server.stop()
    restore(tmp_path)
    server.start()

    await read_in_order(bob, "in the backup")
    await read_in_order(alice, "in the backup")
    await bob.write("written anew")
    await read_in_order(alice, "in the backup", "written anew")


async def test_a_line_that_is_dead_without_a_word_is_given_up(sign_in: SignIn, tmp_path: Path) -> None:
    with Server(tmp_path, IM66_HEARTBEAT_SECONDS="1", **WITHOUT_LIMITS) as server:
        bob = await sign_in("bob", at=server)
        async with Forwarder(server.port) as way:
            alice = await sign_in("alice", at=way)
            await alice.open("u:bob")
            await bob.open("u:alice")
            await alice.write("before")
            await bob.reads("before")

            way.fall_silent()
            await bob.write("into the silence")
            await alice.write("out of the silence")

            for person in (alice, bob):
                for text in ("before", "into the silence", "out of the silence"):
                    await person.reads(text)
                await expect(person.messages.get_by_role("article")).to_have_count(3)


async def test_read_marks_made_while_away_are_told_at_return(sign_in: SignIn, server: Server) -> None:
    alice, bob = await two_who_talk(sign_in, server)
    await bob.open("u:charlie")
    await alice.write("Have you seen this?")
    await expect(bob.conversation("alice")).to_contain_text("Have you seen this?")
    assert await unread(bob, "u:alice") == 1
    server.kill()
    await is_away(bob)
    await bob.page.evaluate("location.hash = '#/u/alice'")
    await bob.reads("Have you seen this?")

    server.start()

    async with asyncio.timeout(30):
        while await unread(bob, "u:alice"):
            await asyncio.sleep(0.1)


async def unread(person: Person, conversation: str) -> int:
    """As the server counts."""
    listed = await person.call("GET", f"conversations/{conversation}")
    return int(listed["unread"])
