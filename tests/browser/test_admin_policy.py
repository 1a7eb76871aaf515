"""The admin under our CSP: all its pages work without violations."""

import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from testkit.server import Server

PASSWORD = "correct horse battery staple"
MAKE = f"""
from accounts.models import User
from groups.services import create_group
User.objects.create_superuser("admin", {PASSWORD!r})
create_group("alice", ["bob"], "friends")
"""
# On any page, also one that the browser shows instead of ours.
TELL = """
addEventListener("securitypolicyviolation", (event) => {
    console.error(`${event.effectiveDirective} ${event.blockedURI}`);
});
"""


@pytest.fixture(scope="module")
def managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("managed")) as server:
        server.run_python(MAKE)
        yield server


@pytest.fixture
def messages() -> list[str]:
    """Return the console messages of the browser."""
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, managed: Server, messages: list[str]) -> AsyncIterator[Page]:
    """Yield a page that is logged in to the admin."""

    def note_message(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            messages.append(f"{opened.url}: {message.text}")

    context = await browser.new_context()
    await context.add_init_script(TELL)
    opened = await context.new_page()
    opened.on("console", note_message)
    opened.on("pageerror", lambda error: messages.append(f"{opened.url}: {error}"))
    await opened.goto(f"{managed.http}/admin/login/")
    await opened.get_by_label("User ID").fill("admin")
    await opened.get_by_label("Password").fill(PASSWORD)
    await opened.get_by_role("button", name="Sign in").click()
    await expect(opened).to_have_title(re.compile("Dashboard"))
    yield opened
    await context.close()


async def _links(page: Page, inside: str) -> list[str]:
    """Return the targets of the links inside the element, without downloads."""
    addresses = await page.locator(f"{inside} a[href]").evaluate_all(
        "all => all.map(a => a.href.split('#')[0])"
    )
    without = ("logout", "/export/")
    return sorted(
        {link for link in addresses if "/admin/" in link and not any(part in link for part in without)}
    )


def _kind(link: str) -> str:
    """Return the kind of page behind a link: lists differ only in order and filter, details only in the
    object."""
    parts = urlsplit(link).path.split("/")
    return "/".join(
        "one" if re.fullmatch(r"\d+|[ug]:.+|admin|alice|bob|im66-desk", part) and at > 1 else part
        for at, part in enumerate(parts)
    )


async def test_admin_pages_load_under_the_policy(page: Page, messages: list[str]) -> None:
    seen: set[str] = set()
    waiting = await _links(page, "body")
    while waiting:
        link = waiting.pop(0)
        if (kind := _kind(link)) in seen:
            continue
        seen.add(kind)
        response = await page.goto(link)
        assert response
        assert response.status == 200, link
        waiting += await _links(page, "body")
    assert {kind.rstrip("/").rpartition("/")[2] for kind in seen} >= {"add", "change", "history"}
    assert messages == []


@pytest.mark.core
async def test_admin_scripts_work_under_the_policy(page: Page, managed: Server, messages: list[str]) -> None:
    await page.goto(f"{managed.http}/admin/log/group/1/change/")
    rows = page.locator("tr.form-row:not(.empty-form)")
    before = await rows.count()
    await page.get_by_role("button", name="Add another Membership").click()
    await expect(rows).to_have_count(before + 1)
    await page.goto(f"{managed.http}/admin/accounts/user/admin/change/")
    await page.get_by_label("Nickname").fill("The one in charge")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert messages == []


@pytest.mark.timeout(60)
async def test_policy_violations_are_reported(page: Page, messages: list[str]) -> None:
    await page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'a'}))")
    await page.evaluate("document.body.setAttribute('style', 'color: red')")
    expected = {"script-src-elem inline", "style-src-attr inline"}
    while not expected <= {complaint.partition(": ")[2] for complaint in messages}:
        await page.wait_for_timeout(50)


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", "open"), ("localhost", "refused")])
async def test_admin_policy_allows_sockets_to_own_host_only(
    page: Page, managed: Server, host: str, expected: str
) -> None:
    script = """(address) => new Promise((resolve) => {
        addEventListener("securitypolicyviolation", () => resolve("refused"));
        const socket = new WebSocket(address);
        socket.onopen = () => resolve("open");
        socket.onerror = () => setTimeout(() => resolve("not there"), 500);
    })"""
    assert await page.evaluate(script, f"ws://{host}:{managed.port}/entry") == expected
