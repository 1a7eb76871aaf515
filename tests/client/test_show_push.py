"""What the browser shows of a push while nobody looks at the page."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, CDPSession

from testkit.chromium import WHOLE, chromium
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person
from tests.support.polling import until

# In the worker: the pages that it knows, and what the browser shows for it.
LOOKING, SHOWN = "clients.matchAll({ includeUncontrolled: true })", "registration.getNotifications()"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One that shows notifications."""
    async with chromium(WHOLE) as running:
        yield running


async def test_the_worker_shows_that_there_are_messages(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.context.grant_permissions(["notifications"])
    browser = await alice.context.new_cdp_session(alice.page)
    await browser.send("ServiceWorker.enable")
    await alice.page.evaluate(
        "navigator.serviceWorker.register('/push-worker.js?language=zh')"
        ".then(() => navigator.serviceWorker.ready)"
    )
    (worker,) = alice.context.service_workers
    await alice.page.goto("about:blank")
    await until(worker, f"async () => (await {LOOKING}).length === 0")
    await push(browser, alice)
    await until(worker, f"async () => (await {SHOWN}).length === 1")
    told = await worker.evaluate(f"{SHOWN}.then(([one]) => ({{ title: one.title, tag: one.tag }}))")
    assert told == {"title": "新消息", "tag": "im66"}


async def push(browser: CDPSession, person: Person) -> None:
    """As the push service does it, without a word."""
    registrations: list[str] = []

    def note(event: dict[str, Any]) -> None:
        registrations.extend(one["registrationId"] for one in event["registrations"])

    browser.on("ServiceWorker.workerRegistrationUpdated", note)
    await browser.send("ServiceWorker.disable")
    await browser.send("ServiceWorker.enable")
    while not registrations:
        await person.page.evaluate("0")
    for registration in registrations:
        told = {"origin": person.url, "registrationId": registration, "data": ""}
        await browser.send("ServiceWorker.deliverPushMessage", told)
