"""A browser, an app and the admin behind a TLS proxy as in deploy/nginx."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from websockets.asyncio.client import connect

from testkit.availability import unavailable
from testkit.nginx import NginxWithTLS
from testkit.server import SERVE, Server
from testkit.services import Unavailable, free_port
from tests.conftest import MakeServer

PASSWORD = "correct horse battery staple"
MAKE_ADMIN = f"from accounts.models import User; User.objects.create_superuser('admin', '{PASSWORD}')"
TALK = """
() => new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://${location.host}/entry`);
    socket.onopen = () => { socket.send('login_bea'); socket.send('records_bea_0'); };
    socket.onmessage = (event) => { resolve(event.data); socket.close(); };
    socket.onerror = () => reject(new Error('refused'));
})
"""


class Front(NamedTuple):
    """A server in production mode, and the nginx in front of it."""

    server: Server
    nginx: NginxWithTLS


@pytest_asyncio.fixture(loop_scope="session")
async def front(make_server: MakeServer) -> AsyncIterator[Front]:
    port = free_port()
    with ExitStack() as running:
        nginx = NginxWithTLS(port)
        try:
            running.enter_context(nginx)
        except Unavailable as reason:
            unavailable(str(reason))
        server = await asyncio.to_thread(
            make_server,
            [*SERVE[:-1], str(port)],
            IM66_PRODUCTION="true",
            IM66_AUTH="open",
            IM66_SECRET_KEY="k" * 50,
            IM66_ALLOWED_HOSTS="localhost",
            IM66_PUBLIC_URL=nginx.url,
            IM66_PROXIES="127.0.0.1",
        )
        await asyncio.to_thread(server.run_python, MAKE_ADMIN)
        yield Front(server, nginx)


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(ignore_https_errors=True)
    yield await context.new_page()
    await context.close()


async def test_admin_form_works_behind_tls(front: Front, page: Page) -> None:
    await page.goto(f"{front.nginx.url}/admin/login/")
    await page.get_by_label("User ID").fill("admin")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(re.compile("/admin/$|/accounts/profile/$"))
    await page.goto(f"{front.nginx.url}/admin/accounts/user/admin/change/")
    await page.get_by_label("Nickname").fill("The one in charge")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("was changed successfully")).to_be_visible()


async def test_chat_page_opens_socket_behind_tls(front: Front, page: Page) -> None:
    await page.goto(f"{front.nginx.url}/console")
    assert str(await page.evaluate(TALK)).startswith("records_bea_")


async def test_app_connects_behind_tls(front: Front) -> None:
    entry = f"wss://localhost:{front.nginx.port}/entry"
    async with connect(entry, ssl=front.nginx.trust, host="127.0.0.1") as socket:
        await socket.send("login_ann")
        await socket.send("records_ann_0")
        assert str(await socket.recv()).startswith("records_ann_")
