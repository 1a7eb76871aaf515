"""The user's own account on the page: logins, export, deletion, and a forgotten password.

No other test uses these users.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from testkit.axe import findings
from testkit.mailbox import Mailbox
from testkit.server import WITHOUT_LIMITS, Server
from tests.client.conftest import DESK, PHONE
from tests.client.person import Person, people
from tests.client.proven import PASSWORD, log_in
from tests.support.hurried import hurried
from tests.support.tokens import IN_TOKEN_MODE

NEW = "staple of another horse"
PUBLIC = "http://public.example"
PEOPLE = """
from accounts.models import User
from groups.services import create_group
for userid in ("nora", "oscar"):
    User.objects.create_user(userid, {password!r}, email=userid + "@home.example",
                             confirmed_email=userid + "@home.example")
create_group("nora", ["oscar"], "Friends of long names and of many words, who never end")
"""

Come = Callable[..., Awaitable[Person]]


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox) -> Iterator[Server]:
    allowed = {"IM66_OWN_EXPORTS": "true", "IM66_OWN_DELETION": "true"}
    mail = {"IM66_MAIL_URL": mailbox.url, "IM66_MAIL_FROM": "im66@chat.example", "IM66_PUBLIC_URL": PUBLIC}
    allowed["IM66_MOSAICS"] = "false"
    more = {**allowed, **mail, **hurried(keeping__own__running__POLL_SECONDS=0.2)}
    with Server(tmp_path_factory.mktemp("own"), **IN_TOKEN_MODE, **WITHOUT_LIMITS, **more) as running:
        running.run_python(PEOPLE.format(password=PASSWORD))
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def come(browser: Browser, server: Server) -> AsyncIterator[Come]:
    """Open the login page in a new context of that user."""
    async with people(browser) as open_person:

        async def come_(userid: str, **options: object) -> Person:
            person = await open_person(
                server.http, userid, **{"viewport": DESK, "service_workers": "block", **options}
            )
            await person.page.goto(f"{server.http}/login/")
            return person

        yield come_


async def settings_of(person: Person) -> Locator:
    await person.page.get_by_role("button", name="profile and settings").click()
    await person.choose("Settings")
    dialog = person.page.get_by_role("dialog")
    await dialog.get_by_role("heading", name="Signed-in devices").wait_for()
    return dialog


@pytest.mark.core
async def test_person_ends_login_exports_data_and_cancels_deletion(come: Come) -> None:
    nora, other = await come("nora"), await come("nora", viewport=PHONE)
    await log_in(nora)
    await log_in(other)
    dialog = await settings_of(nora)
    logins = dialog.get_by_role("region", name="Signed-in devices").get_by_role("listitem")
    await expect(logins).to_have_count(3)
    await expect(logins.filter(has_text="This device")).to_contain_text("Chrome on Linux")
    assert await findings(nora.page) == []

    security = dialog.get_by_role("region", name="Sign-in and security")
    await expect(security.get_by_role("link", name="Set up")).to_have_attribute("href", "/factors/")

    await logins.first.get_by_role("button").press("Enter")
    await expect(logins).to_have_count(2)
    await other.page.get_by_role("button", name="Sign in").wait_for()

    data = dialog.get_by_role("region", name="Your data")
    await data.get_by_role("button", name="Get a copy").click()
    link = data.get_by_role("link", name="Download")
    await link.wait_for()
    async with nora.page.expect_download() as download:
        await link.click()
    path = await (await download.value).path()
    assert (await asyncio.to_thread(path.read_bytes)).startswith(b"PK")

    leaving = dialog.get_by_role("region", name="Delete account")
    await expect(leaving.get_by_role("listitem")).to_contain_text("oscar becomes the owner")
    await leaving.get_by_label("Password").fill("wrong")
    for button in ("Delete account", "Delete account"):
        await leaving.get_by_role("button", name=button, exact=True).click()
    await expect(leaving.get_by_role("alert")).to_have_text("This is not your password.")
    await leaving.get_by_label("Password").fill(PASSWORD)
    for button in ("Delete account", "Delete account"):
        await leaving.get_by_role("button", name=button, exact=True).click()
    await nora.page.wait_for_url("**/login/**")

    await nora.page.get_by_label("User ID").fill("nora")
    await nora.page.get_by_label("Password").fill(PASSWORD)
    await nora.page.get_by_role("button", name="Sign in").click()
    await nora.page.wait_for_url("**/leaving/")
    assert await findings(nora.page) == []
    await nora.page.get_by_role("button", name="Keep my account").click()
    await nora.conversations.wait_for()
    dialog = await settings_of(nora)
    await expect(dialog.get_by_role("region", name="Delete account").get_by_label("Password")).to_be_visible()


async def test_forgotten_password_is_reset_by_mail_on_a_chinese_phone(come: Come, mailbox: Mailbox) -> None:
    oscar = await come("oscar", viewport=PHONE, locale="zh-CN")
    page = oscar.page
    await page.get_by_role("link", name="忘记密码？").click()
    await page.get_by_label("用户 ID 或邮箱地址").fill("oscar")
    assert await findings(page) == []
    await page.get_by_role("button", name="发送链接").press("Enter")
    await page.get_by_role("heading", name="请查收邮件").wait_for()
    mailbox.wait_until(lambda: "oscar@home.example" in mailbox.recipients)
    (link,) = re.findall(rf"{PUBLIC}(/recover/\S+)", mailbox.mails[-1].get_content())

    await page.goto(oscar.url + link)
    assert link not in page.url
    for label in ("新密码", "再次输入新密码"):
        await page.get_by_label(label, exact=True).fill(NEW)
    assert await findings(page) == []
    await page.get_by_role("button", name="设置密码").click()
    await page.get_by_role("link", name="登录").click()
    await page.get_by_label("用户 ID").fill("oscar")
    await page.get_by_label("密码").fill(NEW)
    await page.get_by_role("button", name="登录").click()
    await page.get_by_role("navigation", name="会话").wait_for()
    mailbox.wait_until(lambda: mailbox.recipients.count("oscar@home.example") == 2)
