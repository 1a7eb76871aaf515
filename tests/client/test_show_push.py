"""The notification of a push while the page is not visible, and the page that it opens."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, CDPSession, Worker

from testkit.chromium import FULL_BROWSERS, chromium
from testkit.device import Device
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person
from tests.client.test_notify import entry
from tests.support.polling import until

# In the worker: the pages that it knows, what the browser shows for it, and who uses the page, as it knows.
LOOKING, SHOWN = "clients.matchAll({ includeUncontrolled: true })", "registration.getNotifications()"
CLOSE = "registration.getNotifications().then((all) => all.forEach((one) => one.close()))"
KNOWN = "caches.match('/im66-state').then((kept) => kept?.json())"
INSTALLED = """
const asked = window.matchMedia.bind(window);
window.matchMedia = (query) => (query.includes("display-mode") ? { matches: true } : asked(query));
navigator.setAppBadge = async (count) => { window.counted = count; };
"""
# A browser without a window has no icon to count on; and only a real click opens a window or shows one.
STAND_INS = """() => {
  navigator.setAppBadge = async (count) => { self.counted = count; };
  Clients.prototype.openWindow = async (url) => { self.opened = url; };
  WindowClient.prototype.focus = async () => {};
}"""
CLICK = """async () => {
  const [notification] = await registration.getNotifications();
  dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Yield a browser that shows notifications."""
    async with chromium(FULL_BROWSERS) as running:
        yield running


async def test_push_notification_is_localized_and_opens_the_chat(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), service_workers="allow")
    await alice.context.grant_permissions(["notifications"])
    await alice.context.add_init_script(INSTALLED)
    devtools = await alice.context.new_cdp_session(alice.page)
    await alice.page.evaluate("localStorage.setItem('im66.language', 'zh')")
    await alice.page.reload()
    worker = await worker_of(alice)
    await until(worker, f"async () => (await {KNOWN})?.language === 'zh'")
    await worker.evaluate(STAND_INS)
    bobs = f"u:{cast('bob')}"

    await leave(alice, worker)
    async with Device(entry(alice), cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "Lunch?")
        await bob.call("send", to=f"u:{alice.userid}", kind="emotion", content="~smile-1")
    await push(devtools, alice)
    event = await shown(worker)
    assert event == {"title": cast("bob"), "body": "[表情]", "tag": f"im66/{bobs}", "silent": False}
    await until(worker, "() => self.counted === 2")
    await worker.evaluate(CLICK)
    await until(worker, f"() => self.opened === '/#/u/{cast('bob')}'")

    # What came late, in the person's quiet hours, makes no sound.
    await alice.call("PATCH", "me", {"quiet": {"from": "00:00", "to": "23:59", "zone": "Asia/Shanghai"}})
    await alice.page.goto(alice.url)
    await until(worker, f"async () => (await {KNOWN})?.quiet?.to === '23:59'")
    await leave(alice, worker)
    await push(devtools, alice)
    assert (await shown(worker))["silent"] is True

    # Who asks to join a group is shown by itself, and once.
    group = await alice.make_group("Hiking", cast("bob"))
    await alice.call("PATCH", f"groups/{group[2:]}", {"approval": True})
    link = await alice.call("POST", f"groups/{group[2:]}/links", {})
    await alice.call("POST", f"join/{link['code']}", by=cast("charlie"))
    await worker.evaluate(CLOSE)
    await push(devtools, alice)
    event = await shown(worker)
    assert (event["title"], event["body"]) == ("Hiking", "1 人申请加入")
    await worker.evaluate(CLOSE)
    await push(devtools, alice)
    assert (await shown(worker))["tag"] == f"im66/{bobs}"

    # A page that is open shows it.
    await alice.page.goto(alice.url)
    await alice.page.get_by_role("navigation", name="会话").wait_for()
    await until(worker, f"async () => (await {KNOWN})?.userid")
    await worker.evaluate(CLICK)
    await alice.page.get_by_role("article").get_by_text("Lunch?").wait_for()
    await until(alice.page, "() => window.counted === 0")


async def worker_of(person: Person) -> Worker:
    """Wait for the page's service worker, and return it."""
    if not person.context.service_workers:
        await person.context.wait_for_event("serviceworker")
    return person.context.service_workers[0]


async def leave(person: Person, worker: Worker) -> None:
    await person.page.goto("about:blank")
    await until(worker, f"async () => (await {LOOKING}).length === 0")


async def shown(worker: Worker) -> dict[str, Any]:
    await until(worker, f"async () => (await {SHOWN}).length === 1")
    value: dict[str, Any] = await worker.evaluate(
        f"{SHOWN}.then(([{{ title, body, tag, silent }}]) => ({{ title, body, tag, silent }}))"
    )
    return value


async def push(browser: CDPSession, person: Person) -> None:
    """Deliver a push without a payload, like the push service."""
    registrations: list[str] = []

    def note(event: dict[str, Any]) -> None:
        registrations.extend(one["registrationId"] for one in event["registrations"])

    browser.on("ServiceWorker.workerRegistrationUpdated", note)
    await browser.send("ServiceWorker.disable")
    await browser.send("ServiceWorker.enable")
    while not registrations:
        await person.page.evaluate("0")
    for registration in registrations:
        fields = {"origin": person.url, "registrationId": registration, "data": ""}
        await browser.send("ServiceWorker.deliverPushMessage", fields)
