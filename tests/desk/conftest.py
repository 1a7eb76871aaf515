"""A server with people, groups and messages, and moderators who look at it in a browser."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page

from testkit.server import WITHOUT_LIMITS, Server
from tests.desk.clicking import PASSWORD, log_in
from tests.support.browser import mark_tests
from tests.support.lasting import in_folder

LONG = "Wolfeschlegelsteinhausenbergerdorff" * 2 + "和一个很长很长很长的中文名字" + "x" * 12
WORD = "длинноеслово" * 300
MAKE = f"""
from django.contrib.auth.models import Group as Role
from accounts.models import User
from log.appending import Draft, append
from groups.services import create_group
from moderation.actions import groups, people
from moderation.moderators import ALL_PERMISSIONS, Moderator
from django.utils import timezone
from moderation.counting import addresses
from moderation.models import Announcement, ReasonTemplate
from notifications.models import Delivery, Endpoint, PushDevice
from moderation.reports import filing, notes, outcomes
from moderation.rules import service as rules

User.objects.create_superuser("root", {PASSWORD!r})
for name in ("moderator", "auditor"):
    User.objects.create_user(name, {PASSWORD!r}, is_staff=True).groups.add(Role.objects.get(name=name))
group = create_group("alice", ["bob"], "friends")
other = create_group("charlie", ["bob", "x" * 64], {LONG!r})
User.objects.filter(pk="bob").update(nickname={LONG!r})
append([Draft("text", "alice", group.pk, f"hello {{number}}", "") for number in range(30)])
append([Draft("text", "bob", other.pk, {WORD!r}, ""), Draft("text", "alice", "bob", "a secret", "")])
one = Moderator("root", "192.0.2.1", ALL_PERMISSIONS, True)
people.mute(one, "charlie", "because " + {WORD!r}[:900])
spam = append([Draft("text", "bob", other.pk, {WORD!r}, "")]).batch.last
report = filing.file_report("charlie", f"m:{{spam}}", "spam", "first")
outcomes.resolve(one, report.pk, "warn", {WORD!r}[:900])
filing.file_report("charlie", f"m:{{spam}}", "spam", {WORD!r}[:900])
filing.file_report("alice", f"u:bob", "abuse", "")
filing.file_report("bob", f"g:{{other.pk}}", "illegal", "")
groups.set_slow_mode(one, other.pk, 30, "too much")
there = {{"scope": "group", "group_id": other.pk, "note": {WORD!r}[:200]}}
for number in range(3):
    title = {LONG!r}[number : number + 60] if number else "Advertising"
    ReasonTemplate.objects.create(title=title, text="No advertising here, please." * (1 + 8 * number))
notes.add_note(one, 2, "He did this before. " + {WORD!r}[:600])
v6, v4, now = "2001:db8:85a3:8d3:1319:8a2e:370:7348", "192.0.2.1", timezone.now()
addresses.record_logins({{"alice": v6, "bob": v4}}, now)
addresses.record_logins({{"bob": v6, "x" * 64: v4}}, now)
rules.add_rules(one, [{LONG!r}, "敏感词"], "because", **there)
begun = {{"state": "stopped", "total": 7, "sent": 3, "made_by": "root"}}
Announcement.objects.create(name={LONG!r}[:64], text={WORD!r}, **begun)
hook = {{"name": {LONG!r}[:90], "url": "http://127.0.0.1:9/" + "x" * 200, "is_active": False}}
replayed = {{"events": "message.created member.joined", "replay_after": 1, "replay_upto": 9}}
endpoint = Endpoint.objects.create(**hook, **replayed)
dead, arrived = {{"is_dead": True, "problem": "answered 500 " * 9}}, {{"is_dead": True, "arrived_at": 1.0}}
for state in ({{}}, dead, arrived):
    of_it = {{"key": "u:" + "x" * 64, "log_id": 1, "made_at": 1.0, "due_at": 2.0**33, "expires_at": 2.0**33}}
    Delivery.objects.create(endpoint=endpoint, event="message.created", **of_it, **state)
phone = {{"provider": "jpush", "digest": "x", "token": "t" * 64, "app": "com." + "x" * 60, "host": "h"}}
device = PushDevice.objects.create(user_id="x" * 64, name="y" * 64, failures=3, **phone)
of_it |= {{"target_kind": "jpush", "target_id": device.pk, "event": "notice.due"}}
Delivery.objects.create(**of_it, **dead)
"""
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

Enter = Callable[..., Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_tests(items, Path(__file__).parent)


@pytest.fixture(scope="module")
def managed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Server:
    return in_folder(request, Server, lambda: _managed(tmp_path_factory))


@contextmanager
def _managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("desk"), **WITHOUT_LIMITS) as server:
        server.run_python(MAKE)
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def enter(browser: Browser, managed: Server) -> AsyncIterator[Enter]:
    """Opens a browser at the desk for one of the staff. `size`: DESK or PHONE; `options`: of the context.

    At the end no page may have complained: of a script, or of the policy.
    """
    complaints: list[str] = []

    def receive(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    contexts = []

    async def open_(userid: str, *, size: dict[str, int] = DESK, **options: object) -> Page:
        context = await browser.new_context(viewport=size, base_url=managed.http, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = await context.new_page()
        page.on("console", receive)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await log_in(page, userid)
        return page

    yield open_
    for context in contexts:
        await context.close()
    assert complaints == []
