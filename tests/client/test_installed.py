"""The page as an app: offline, after logging out, with sounds, and in quiet hours."""

from playwright.async_api import Worker, expect

from testkit.device import Device
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.person import Person
from tests.client.test_notify import RECORDER, entry, notifications
from tests.client.test_push import settings
from tests.client.test_show_push import KNOWN, worker_of
from tests.support.polling import until

# All that the worker keeps, by address.
KEPT = """async () => {
  const kept = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) kept.push(new URL(url).pathname);
  }
  return kept.sort();
}"""
# Counts tones.
SOUNDS = """
window.tones = 0;
OscillatorNode.prototype.start = function (at) {
  window.tones += 1;
  AudioScheduledSourceNode.prototype.start.call(this, at);
};
"""
# Which a browser without a window does not know.
UNTOUCHED = "Object.defineProperty(UserActivation.prototype, 'hasBeenActive', { get: () => false })"


async def until_kept(person: Person) -> Worker:
    worker = await worker_of(person)
    await until(worker, f"async () => (await {KNOWN})?.userid === '{person.userid}'")
    await until(worker, f"async () => (await ({KEPT})()).some((path) => path.startsWith('/offline/'))")
    return worker


async def test_offline_page_reconnects_by_itself(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), size=PHONE, service_workers="allow")
    async with Device(entry(alice), cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "secret words")
    await alice.open(f"u:{cast('bob')}")
    await alice.reads("secret words")
    worker = await until_kept(alice)
    kept: list[str] = await worker.evaluate(KEPT)
    assert {path.split("/")[1] for path in kept} == {"assets", "offline", "im66-state"}

    await alice.page.evaluate("localStorage.setItem('im66.language', 'zh')")
    await alice.context.set_offline(True)
    await alice.page.reload()
    await expect(alice.page.get_by_role("heading")).to_have_text("无法连接 im66")
    assert not await alice.page.evaluate("document.documentElement.outerHTML.includes('secret')")
    # Its own styles and scripts are there.
    button = alice.page.get_by_role("button", name="重试")
    ground = await button.evaluate("one => getComputedStyle(one).backgroundColor")
    assert ground == "rgb(20, 105, 92)"
    await button.click()
    await expect(alice.page.get_by_role("heading")).to_be_visible()

    await alice.context.set_offline(False)
    await expect(alice.page.get_by_role("article").get_by_text("secret words")).to_be_visible()


async def test_logout_deletes_the_offline_caches(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), service_workers="allow")
    worker = await until_kept(alice)
    await alice.page.get_by_role("button", name="profile and settings").click()
    await alice.choose("Sign out")
    await alice.page.get_by_role("textbox", name="User ID").wait_for()
    await until(worker, "async () => (await caches.keys()).length === 0")


async def test_sound_setting_and_quiet_hours_apply(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    group = await alice.make_group("Tea", cast("bob"))
    await alice.context.add_init_script(RECORDER % "granted" + SOUNDS)
    await alice.page.reload()
    dialog = alice.page.get_by_role("dialog")
    await settings(alice)
    await alice.page.get_by_role("switch", name="Notifications").click()
    await dialog.get_by_text("On", exact=True).click()
    # So one hears what was chosen.
    await until(alice.page, "() => tones === 2")
    await alice.page.keyboard.press("Escape")

    async with Device(entry(alice), cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "one")
        await until(alice.page, "() => told.length === 1 && tones === 4")

        await settings(alice)
        await dialog.get_by_text("Mentions", exact=True).click()
        await until(alice.page, "() => tones === 6")
        await alice.page.keyboard.press("Escape")
        await bob.text(group, "for all")
        await until(alice.page, "() => told.length === 2")
        await bob.call("send", to=group, kind="text", content="for you", mentions=[alice.userid])
        await until(alice.page, "() => told.length === 3 && tones === 8")
        await settings(alice)
        await dialog.get_by_text("On", exact=True).click()

        await alice.page.get_by_role("switch", name="Quiet hours").click()
        await alice.page.get_by_label("Start").fill("00:00")
        await alice.page.get_by_label("End").fill("23:59")
        await expect(alice.page.get_by_text("Time zone: ")).to_be_visible()
        await until_quiet(alice, "23:59")
        await alice.page.keyboard.press("Escape")
        await bob.text(f"u:{alice.userid}", "at night")
        await expect(alice.conversation("at night")).to_be_visible()
        # By then it would have been told.
        await alice.page.evaluate("new Promise(resolve => setTimeout(resolve, 600))")
        assert "at night" not in [one["body"] for one in await notifications(alice)]

        # Browsers let no page play before somebody does something in it.
        await alice.page.add_init_script(UNTOUCHED)
        await alice.call("PATCH", "me", {"quiet": None})
        await alice.page.reload()
        await alice.conversation("at night").wait_for()
        await bob.text(f"u:{alice.userid}", "after all")
        await until(alice.page, "() => told.length === 1")
        assert await alice.page.evaluate("tones") == 0


async def until_quiet(person: Person, end: str) -> None:
    while ((await person.call("GET", "me"))["quiet"] or {}).get("to") != end:
        await person.page.evaluate("0")
