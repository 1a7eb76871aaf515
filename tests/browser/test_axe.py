"""testkit.axe finds accessibility problems, also on pages whose CSP allows only their own scripts."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route

from testkit import axe
from testkit.axe import findings
from testkit.node import NoNode

ADDRESS = "http://page.test/"
POLICY = {"Content-Security-Policy": "default-src 'self'", "Content-Type": "text/html; charset=utf-8"}
PAGE = '<!doctype html><html lang="en"><title>Page</title><main><h1>Page</h1>{}</main></html>'
FLAWED = "<div id=one><button></button></div><div id=two><img src=data:,></div>"


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Yield a page that must have no console errors except those of FLAWED."""
    context = await browser.new_context()
    opened = await context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    yield opened
    await context.close()
    assert [complaint for complaint in complaints if "data:," not in complaint] == []


async def _show(page: Page, content: str) -> None:
    async def answer(route: Route) -> None:
        await route.fulfill(headers=POLICY, body=PAGE.format(content))

    await page.route("**/*", answer)
    await page.goto(ADDRESS)


async def test_axe_finds_each_flaw_with_its_element(page: Page) -> None:
    await _show(page, FLAWED)

    result = await findings(page)

    assert {(one.rule, one.impact, *one.selectors) for one in result} == {
        ("button-name", "critical", "button"),
        ("image-alt", "critical", "img"),
    }
    assert all(one.what for one in result)


async def test_axe_can_check_one_element(page: Page) -> None:
    await _show(page, FLAWED)

    assert [one.rule for one in await findings(page, "#one")] == ["button-name"]


async def test_axe_finds_nothing_on_a_flawless_page(page: Page) -> None:
    await _show(page, "<button>Send</button>")

    assert await findings(page) == []


async def test_page_can_be_checked_twice(page: Page) -> None:
    await _show(page, "<button>Send</button>")
    await findings(page)

    await page.evaluate("document.querySelector('button').textContent = ''")

    assert [one.rule for one in await findings(page)] == ["button-name"]


async def test_accessibility_tests_are_skipped_without_axe(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise NoNode("No Node.js here.")

    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(axe, "packages", missing)
    await _show(page, "")

    with pytest.raises(pytest.skip.Exception, match=r"No Node\.js here"):
        await findings(page)
