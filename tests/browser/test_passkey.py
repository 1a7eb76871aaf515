"""Staff add a passkey and sign in with it, in a browser with a virtual authenticator."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from testkit.axe import findings
from testkit.server import Server
from tests.browser.test_admin_policy import TELL

PASSWORD = "correct horse battery staple"
# Bob has an app with codes, so a second factor is asked for.
MAKE = f"""
from allauth.mfa.models import Authenticator
from accounts.models import User
User.objects.create_superuser("alice", {PASSWORD!r})
for userid in ("bob", "charlie"):
    User.objects.create_user(userid, {PASSWORD!r})
Authenticator.objects.create(user_id="bob", type="totp", data={{"secret": "A" * 32}})
"""
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("passkeys"), IM66_SECOND_FACTOR="staff") as server:
        server.run_python(MAKE)
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, server: Server, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    # A passkey is for a name, not for an address.
    base = server.http.replace("127.0.0.1", "localhost")
    context = await browser.new_context(base_url=base, reduced_motion="reduce")
    await context.add_init_script(TELL)
    page = await context.new_page()
    received: list[str] = []
    page.on("console", lambda said: received.append(said.text) if said.type == "error" else None)
    await _has_authenticator(page, **getattr(request, "param", {}))
    yield page
    assert [one for one in received if "429" not in one] == [], "no policy is broken"
    await context.close()


async def _has_authenticator(page: Page, **options: object) -> None:
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": {**AUTHENTICATOR, **options}})


async def _sign_in(page: Page, userid: str) -> None:
    await page.get_by_label("User ID").fill(userid)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def test_staff_add_a_passkey_sign_in_with_it(page: Page) -> None:
    await page.goto("/admin/")
    await _sign_in(page, "alice")
    await expect(page.get_by_role("heading", name="Two-factor authentication")).to_be_visible()
    assert await findings(page) == []
    await page.get_by_role("link", name="Add a passkey").click()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Confirm").click()
    assert await findings(page) == []
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert await findings(page) == []
    await page.goto("/admin/")
    await expect(page).to_have_title(re.compile("Dashboard"))

    await page.context.clear_cookies()
    await page.goto("/login/?next=/admin/")
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(page).to_have_title(re.compile("Dashboard"))

    await page.context.clear_cookies()
    await page.goto("/login/")
    await _sign_in(page, "bob")
    await expect(page.get_by_label("Code")).to_be_visible()
    assert await findings(page) == []


@pytest.mark.parametrize("page", [{"hasUserVerification": False}, {"isUserVerified": False}], indirect=True)
async def test_authenticator_without_user_verification_adds_no_passkey(page: Page) -> None:
    """Such a passkey would be requested after the password, but could not log in by itself."""
    await page.goto("/login/?next=/factors/keys/add/")
    await _sign_in(page, "charlie")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Confirm").click()
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.get_by_role("alert")).to_contain_text("The passkey did not work")
    await page.goto("/factors/")
    await expect(page.get_by_role("heading", name="Recovery codes")).to_have_count(0)
