"""Token mode: a page of another origin gets no session on a socket.

The browser may send the cookie, but the server refuses the origin.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, BrowserContext, Page
from websockets.exceptions import InvalidStatus

from testkit.phone import Phone
from testkit.server import Server
from tests.browser.test_accounts import MAKE_PEOPLE, log_in
from tests.support.tokens import IN_TOKEN_MODE

# What comes of a socket to this address: the answer to a query after a login without a token, or a refusal.
OPEN_SOCKET = """
(address) => new Promise((resolve) => {
    const socket = new WebSocket(`ws://${address}/entry`);
    socket.onopen = () => {
        socket.send('login_alice');
        socket.send('records_bob_0');
    };
    socket.onmessage = (message) => resolve(message.data.split('_')[0]);
    socket.onerror = () => resolve('refused');
})
"""


class Site(NamedTuple):
    """Another site. `heard` are the cookies in the handshakes of sockets that it received."""

    port: int
    frames: list[str]


@contextmanager
def another_site() -> Iterator[Site]:
    received: list[str] = []

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_socket = self.path == "/entry"
            if is_socket:
                received.append(self.headers.get("Cookie", ""))
            self.send_response(404 if is_socket else 200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Cats</title>")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield Site(running.server_port, received)
        running.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("strict"), **IN_TOKEN_MODE) as server:
        server.run_python(MAKE_PEOPLE)
        yield server


@pytest.mark.parametrize(
    ("host", "sends_cookie"),
    [("127.0.0.1", True), ("localhost", False)],
    ids=["another port of the host", "another host"],
)
async def test_page_of_another_origin_gets_no_session(
    browser: Browser, strict: Server, host: str, sends_cookie: bool
) -> None:
    context, page = await logged_in(browser, strict)
    address = f"127.0.0.1:{strict.port}"
    assert await page.evaluate(OPEN_SOCKET, address) == "records"
    with another_site() as site:
        await page.goto(f"http://{host}:{site.port}/")
        # The browser knows no ports of cookies, so this handshake shows what the server's own one holds.
        assert await page.evaluate(OPEN_SOCKET, f"127.0.0.1:{site.port}") == "refused"
        assert [("sessionid=" in cookie) for cookie in site.frames] == [sends_cookie]
        assert await page.evaluate(OPEN_SOCKET, address) == "refused"
    assert f"Refused: a socket for a page of 'http://{host}:{site.port}'" in strict.log.read_text()
    await page.goto(f"{strict.http}/console")
    assert await page.evaluate(OPEN_SOCKET, address) == "records"
    await context.close()


async def test_valid_cookie_is_refused_only_by_origin(browser: Browser, strict: Server) -> None:
    context, _ = await logged_in(browser, strict)
    cookie = f"sessionid={await session_in(context)}"
    foreign = Phone(strict.entry, additional_headers={"Cookie": cookie, "Origin": "http://127.0.0.1:1"})
    with pytest.raises(InvalidStatus, match="403"):
        await foreign.connect()
    ours = Phone(strict.entry, additional_headers={"Cookie": cookie, "Origin": strict.http})
    async with ours as page:
        await page.log_in("alice")
    await context.close()


async def logged_in(browser: Browser, server: Server) -> tuple[BrowserContext, Page]:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{server.http}/login/?next=/console")
    await log_in(page, "alice")
    await page.wait_for_url(f"{server.http}/console")
    return context, page


async def session_in(context: BrowserContext) -> str:
    (cookie,) = [one for one in await context.cookies() if one["name"] == "sessionid"]
    assert cookie["sameSite"] == "Lax"
    assert cookie["httpOnly"]
    return cookie["value"]
