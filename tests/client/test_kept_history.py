"""Messages that a browser stores for offline reading: when they are readable, and when they are deleted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from testkit.device import Device
from testkit.server import WITHOUT_LIMITS, Server
from tests.client.conftest import PHONE
from tests.client.files import png
from tests.client.person import Person, people
from tests.client.proven import MAKE, PASSWORD, log_in
from tests.support.operator import Operator
from tests.support.polling import until
from tests.support.tokens import IN_TOKEN_MODE, token

PEOPLE = ("alice", "ann", "amy", "abe", "ada")
# Reads the store: the rows by their keys, the key among them.
STORE = """async () => {
  const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const database = await done(indexedDB.open("im66.history"));
  // It may have been deleted just before it was opened.
  if (!database.objectStoreNames.contains("kept")) return new Map();
  const store = database.transaction("kept").objectStore("kept");
  const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
  database.close();
  return new Map(keys.map((key, at) => [key, values[at]]));
}"""
# What somebody who reads the disk sees, without the key's bytes.
RAW = f"""async () => [...await ({STORE})()]
  .map(([slot, {{ sealed }}]) => slot + (sealed ? new TextDecoder("latin1").decode(sealed) : "")).join()"""
TAKES_KEY = f"""async () => {{
  const {{ key }} = (await ({STORE})()).get("label");
  return crypto.subtle.exportKey("raw", key).then(() => true, () => false);
}}"""
# How many conversations and pictures, with the index.
COUNT = f"""async () => {{
  const all = await indexedDB.databases();
  return all.some(({{ name }}) => name === "im66.history") ? Math.max(0, (await ({STORE})()).size - 1) : 0;
}}"""
GONE = f"async () => (await ({COUNT})()) === 0"
# Whether any of it says this, to the page that has the key.
READS = f"""async (text) => {{
  const all = await ({STORE})();
  const {{ key }} = all.get("label");
  all.delete("label");
  const open = ([slot, {{ iv, sealed }}]) =>
    crypto.subtle.decrypt(
      {{ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(String(slot)) }}, key, sealed);
  const plain = await Promise.all([...all].map(open));
  return plain.some((bytes) => new TextDecoder().decode(bytes).includes(text));
}}"""
# It has been so many milliseconds since the server was reached.
AGE = f"""async (by) => {{
  const label = (await ({STORE})()).get("label");
  const request = indexedDB.open("im66.history");
  await new Promise((resolve) => (request.onsuccess = resolve));
  const {{ transaction }} = request.result.transaction("kept", "readwrite").objectStore("kept").put(
    {{ ...label, at: label.at - by }}, "label");
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  request.result.close();
}}"""
# The worker fills the cache while it is installed, and answers once it is active.
HAS_PAGE = """async () => {
  if ((await navigator.serviceWorker.getRegistration())?.active?.state !== "activated") return false;
  for (const name of await caches.keys())
    for (const { url } of await (await caches.open(name)).keys())
      if (url.includes("/offline/")) return true;
  return false;
}"""
FULL = """() => {
  IDBObjectStore.prototype.put = () => { throw new DOMException("", "QuotaExceededError"); };
}"""

Come = Callable[..., Awaitable[Person]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("kept"), **IN_TOKEN_MODE, **WITHOUT_LIMITS) as running:
        make = [MAKE.format(userid, PASSWORD) for userid in PEOPLE]
        bob = "from accounts.services import ensure_users; ensure_users(['bob'])"
        running.run_python("\n".join([*make, bob]))
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def come(browser: Browser, server: Server) -> AsyncIterator[Come]:
    """Sign in a user on a device that stores messages, with the service worker."""
    async with people(browser) as open_person:

        async def come_(userid: str) -> Person:
            person = await open_person(server.http, userid, viewport=PHONE)
            await person.page.goto(f"{server.http}/")
            await log_in(person)
            await keep(person)
            return person

        yield come_


async def keep(person: Person) -> None:
    await person.page.get_by_role("button", name="profile and settings").click()
    await person.choose("Settings")
    switch = person.page.get_by_role("switch", name="Keep recent messages on this device")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "true")
    await person.page.keyboard.press("Escape")


def bob_at(server: Server) -> Device:
    return Device(server.entry, token=token("bob"))


async def until_kept(person: Person, count: int) -> None:
    """Wait until this number of conversations and the offline page are stored."""
    await until(person.page, f"async () => (await ({COUNT})()) >= {count + 1}")
    await until(person.page, HAS_PAGE)


async def until_loaded(picture: Locator) -> None:
    await expect(picture).to_be_visible()
    await until(
        picture.page, "() => [...document.images].every(({ complete, naturalWidth: w }) => complete && w > 0)"
    )


async def go_away(person: Person) -> None:
    await person.context.set_offline(True)
    await person.page.goto("about:blank")
    await person.page.goto(f"{person.url}/")


@pytest.mark.core
async def test_stored_messages_are_readable_offline_until_sign_out(come: Come, server: Server) -> None:
    alice = await come("alice")
    await alice.open("u:bob")
    await alice.attach(png(600, 400))
    picture = alice.messages.get_by_role("img", name="Picture")
    await until_loaded(picture)
    # At the address that others get.
    await alice.page.reload()
    await until_loaded(picture)
    async with bob_at(server) as bob:
        await bob.text("u:alice", "the secret plan")
    await alice.reads("the secret plan")
    # The conversation and the picture.
    await until_kept(alice, 2)
    raw = await alice.page.evaluate(RAW)
    assert not any(word in raw for word in ("secret", "bob", "alice"))
    assert not await alice.page.evaluate(TAKES_KEY)

    await go_away(alice)
    await alice.conversation("bob").click()
    await alice.reads("the secret plan")
    await until_loaded(picture)
    assert str(await picture.get_attribute("src")).startswith("blob:")
    await expect(alice.page.get_by_role("status").filter(has_text="No connection.")).to_be_visible()
    await alice.write("written without a network")
    await alice.reads("written without a network")

    await alice.context.set_offline(False)
    async with bob_at(server) as bob:
        await expect(alice.messages.locator("[data-state=sending]")).to_have_count(0, timeout=20_000)
        await expect(alice.page.get_by_role("status").filter(has_text="No connection.")).to_have_count(0)
        await alice.reads("written without a network")
        await bob.text("u:alice", "back again")
        await alice.reads("back again")

    await alice.page.goto(f"{alice.url}/")
    await alice.page.get_by_role("button", name="profile and settings").click()
    await alice.choose("Sign out")
    await alice.page.get_by_label("Password").wait_for()
    await until(alice.page, GONE)


async def test_message_recalled_while_closed_leaves_stored_history(come: Come, server: Server) -> None:
    ann = await come("ann")
    async with bob_at(server) as bob:
        recalled = await bob.text("u:ann", "take this back")
        await bob.text("u:ann", "this stays")
        await until_kept(ann, 1)
        await until(ann.page, READS, "take this back")
        await ann.page.goto("about:blank")
        await bob.call("recall", target=recalled)
        await bob.text("u:ann", "came while closed")
    await ann.page.goto(f"{ann.url}/")
    await until(ann.page, READS, "came while closed")
    assert not await ann.page.evaluate(READS, "take this back")

    # Nothing tells of what was pruned: it goes when the conversation is read again, half a day later.
    prune = "from log.models import Message; Message.objects.filter(content='this stays').delete()"
    await asyncio.to_thread(server.run_python, prune)
    await ann.page.add_init_script(f"Date.now = ((now) => () => now() + {13 * 3600 * 1000})(Date.now);")
    await ann.page.goto("about:blank")
    await ann.page.goto(f"{ann.url}/")
    await until(ann.page, f"async (text) => !(await ({READS})(text))", "this stays")

    # Another tab goes on when the first one closes.
    other = await ann.new_tab()
    await ann.page.close()
    async with bob_at(server) as bob:
        await bob.text("u:ann", "to the second tab")
        await until(other.page, READS, "to the second tab")
        await other.page.evaluate(FULL)
        await bob.text("u:ann", "no room for this")
        await until(other.page, GONE)


async def test_ban_and_remote_session_end_delete_stored_history(come: Come, server: Server) -> None:
    operator = await Operator.of(server)
    amy, abe = await come("amy"), await come("abe")
    async with bob_at(server) as bob:
        for one in (amy, abe):
            await bob.text(f"u:{one.userid}", "kept for now")
            await until_kept(one, 1)
    await operator.act("lock", "amy")
    await amy.page.get_by_text("This account is locked").first.wait_for()
    await until(amy.page, GONE)

    await abe.page.goto("about:blank")
    await operator.set_password("abe")
    await abe.page.goto(f"{abe.url}/")
    await until(abe.page, GONE)
    # The next person in this browser finds nothing, and keeps nothing unless they choose to.
    ada = Person(abe.context, abe.page, abe.url, "ada")
    await log_in(ada)
    await ada.page.wait_for_timeout(4000)
    assert await ada.page.evaluate(GONE)


async def test_expired_history_is_deleted_and_the_offline_page_is_shown(come: Come, server: Server) -> None:
    ada = await come("ada")
    async with bob_at(server) as bob:
        await bob.text("u:ada", "a week old")
    await until_kept(ada, 1)
    await ada.page.goto(f"{ada.url}/static/im66/favicon.svg")
    await ada.page.evaluate(AGE, 7 * 24 * 3600 * 1000 + 1000)
    await go_away(ada)
    await expect(ada.page.get_by_role("heading")).to_have_text("im66 can't be reached")
    await until(ada.page, GONE)

    refuse = "indexedDB.open = () => { throw new DOMException('', 'SecurityError'); };"
    await ada.page.add_init_script(refuse)
    # The page comes back by itself.
    await ada.context.set_offline(False)
    await ada.page.get_by_role("button", name="profile and settings").click()
    await ada.choose("Settings")
    switch = ada.page.get_by_role("switch", name="Keep recent messages on this device")
    await switch.click()
    await ada.page.get_by_text("This browser can't keep them here.").wait_for()
    await expect(switch).to_have_attribute("aria-checked", "false")
