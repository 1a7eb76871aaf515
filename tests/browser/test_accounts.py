"""Accounts in a browser: logging in and out, signing up, changing the password."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from testkit.server import Server
from tests.conftest import MakeServer
from tests.console.window import Window
from tests.support.tokens import IN_TOKEN_MODE

PASSWORD, NEW = "correct horse battery", "staple of another horse"
LONG = "somebody-with-the-longest-userid-that-there-can-be-1234567890123"
MAKE_PEOPLE = f"""
from accounts.models import User
User.objects.create_superuser("admin", "{PASSWORD}")
for userid in ("alice", "bob", "charlie", "{LONG}"):
    User.objects.create_user(userid, "{PASSWORD}")
"""
# What a browser says of refusals, and when a test writes into a field before the page is painted: only then
# would the browser have put the cursor into the first field itself.
HARMLESS = re.compile(
    "Failed to load resource: the server responded with a status of 4(03|29)"
    "|Autofocus processing was blocked because a document already has a focused element"
)

Visit = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run a server in token mode with people who have passwords."""
    with Server(tmp_path_factory.mktemp("accounts"), **IN_TOKEN_MODE, IM66_SIGNUP="invite") as server:
        server.run_python(MAKE_PEOPLE)
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, site: Server) -> AsyncIterator[Visit]:
    """Return a function that opens a page in a new browser context.

    At the end there must be no console errors, such as CSP violations.
    """
    opened, complaints = [], []

    async def visit_(path: str, at: Server = site, **options: Any) -> Page:
        context = await browser.new_context(**options)
        opened.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        await page.goto(f"{at.http}{path}")
        return page

    yield visit_
    for context in opened:
        await context.close()
    assert [complaint for complaint in complaints if not HARMLESS.match(complaint)] == []


async def log_in(page: Page, userid: str, password: str = PASSWORD) -> None:
    await page.get_by_label("User ID").fill(userid)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def is_in(page: Page, name: str) -> None:
    """Check that the chat client is shown to the user with this name."""
    await expect(page.get_by_role("button", name=re.compile(f"^{name}"))).to_be_visible()


@pytest.mark.core
async def test_console_needs_no_token_after_login(visit: Visit) -> None:
    page = await visit("/console")
    await page.get_by_role("navigation").get_by_role("link", name="Sign in").click()
    await log_in(page, "alice")
    await expect(page.get_by_role("navigation")).to_contain_text("alice")
    login = page.get_by_role("form", name="login", exact=True)
    await expect(login.get_by_label("userid")).to_have_value("alice")
    await expect(login.get_by_text("login_alice", exact=True)).to_be_visible()
    # The session proves who she is, so that she needs no token.
    window = Window(page)
    await window.connect()
    await login.get_by_role("button", name="Send").click()
    await window.settle()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_account_pages_work_by_keyboard_without_scripts(visit: Visit) -> None:
    page = await visit("/login/?next=/password/", java_script_enabled=False)
    await expect(page.get_by_label("User ID")).to_be_focused()
    # An error is tied to its field.
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_label("Password")).to_have_accessible_description("Fill in this field.")
    await log_in(page, "alice", "wrong")
    await expect(page.get_by_role("alert")).to_have_text("The user ID or the password is wrong.")
    await page.get_by_label("User ID").fill("")
    await page.get_by_label("User ID").focus()
    await page.keyboard.type("alice")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Change the password")).to_be_visible()
    # The field that tells a password manager whose password it is stays out of sight.
    await expect(page.get_by_role("main").locator("input:visible")).to_have_count(3)


async def test_password_is_changed_in_the_browser(visit: Visit) -> None:
    page, other = await visit("/login/?next=/password/"), await visit("/login/?next=/password/")
    for browser in (page, other):
        await log_in(browser, "bob")
        await expect(browser.get_by_role("heading", name="Change the password")).to_be_visible()
    await page.get_by_label("Current password").fill(PASSWORD)
    await page.get_by_label("New password", exact=True).fill(NEW)
    await page.get_by_label("New password again").fill(NEW)
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_role("heading", name="The password is changed")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="The password is changed")).to_be_visible()
    await other.reload()
    await expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_invitation_by_staff_leads_to_signup(visit: Visit) -> None:
    staff = await visit("/admin/accounts/invitation/add/")
    await log_in_as_staff(staff)
    await staff.get_by_role("button", name="Save", exact=True).click()
    text = await staff.get_by_text("not shown again").inner_text()
    page = await visit(f"/signup/{text.rpartition('/')[2]}")
    await page.get_by_label("User ID").fill("dave")
    await page.get_by_label("Name").fill("小明")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Password again").fill(PASSWORD)
    await page.get_by_role("button", name="Create an account").click()
    await is_in(page, "小明")


async def log_in_as_staff(page: Page) -> None:
    await page.get_by_label("User ID").fill("admin")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def test_login_page_reports_too_many_failures(visit: Visit) -> None:
    page = await visit("/login/")
    for _ in range(4):
        await log_in(page, "charlie", "wrong")
        # The next page is there.
        await expect(page.get_by_label("Password")).to_have_value("")
    await log_in(page, "charlie", "wrong")
    await expect(page.get_by_role("heading", name="Too many failed attempts")).to_be_visible()
    await expect(page.get_by_text("Try again in 15 minutes.")).to_be_visible()
    # Somebody else behind the same address.
    other = await visit("/login/")
    await log_in(other, "alice")
    await is_in(other, "alice")


async def test_login_page_is_available_in_chinese(visit: Visit) -> None:
    page = await visit("/login/", locale="zh-CN")
    await page.get_by_label("用户 ID").fill("alice")
    await page.get_by_label("密码").fill("wrong")
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("alert")).to_have_text("用户 ID 或密码错误")
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await is_in(page, "alice")


async def test_language_chosen_at_login_applies_to_the_chat(visit: Visit) -> None:
    page = await visit("/login/", locale="en-US", viewport={"width": 390, "height": 844})
    await page.get_by_role("button", name="繁體中文").click()
    await page.get_by_label("使用者 ID").fill("alice")
    await page.get_by_label("密碼").fill(PASSWORD)
    await page.get_by_role("button", name="登入", exact=True).click()
    await page.get_by_role("navigation", name="對話").wait_for()


async def test_long_userid_fits_into_the_window(visit: Visit, site: Server) -> None:
    page = await visit("/login/", viewport={"width": 390, "height": 800})
    await log_in(page, LONG, "wrong")
    await expect(page.get_by_role("alert")).to_be_visible()
    await fits(page)
    await log_in(page, LONG)
    await is_in(page, LONG)
    await fits(page)
    for path in ("/password/", "/signup/"):
        await page.goto(f"{site.http}{path}")
        await fits(page)


async def fits(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


async def test_cookies_need_https_in_production(make_server: MakeServer, visit: Visit) -> None:
    production = make_server(
        **IN_TOKEN_MODE, IM66_PRODUCTION="true", IM66_SECRET_KEY="k" * 50, IM66_ALLOWED_HOSTS="127.0.0.1"
    )
    page = await visit("/console", production)
    response = await page.request.get(f"{production.http}/login/")
    (cookie,) = [field for field in response.headers_array if field["name"].lower() == "set-cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie["value"].split("; "))
