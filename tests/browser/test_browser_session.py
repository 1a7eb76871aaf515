"""Token mode: a user who is logged in on our page opens other pages in the same browser."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from testkit.server import Server
from tests.browser.test_foreign_page import _Quiet
from tests.support.sessions import session_at
from tests.support.tokens import IN_TOKEN_MODE
from tests.wire.test_token_login import create

# What a script can do without a token: on a socket, by calls that it may read, and by a picture.
TRY_EVERYTHING = """
async (server) => {
    const socket = await new Promise((resolve) => {
        const opened = new WebSocket(`ws://${server}/entry`);
        opened.onopen = () => {
            opened.send('login_alice');
            opened.send('records_bob_0');
        };
        opened.onmessage = (message) => resolve(message.data.split('_')[0]);
        opened.onerror = () => resolve('refused');
    });
    const query = 'creator=alice&members=bob&name=';
    const code = async (path, options) => {
        const options_ = { credentials: 'include', ...options };
        const response = await fetch(`http://${server}/${path}`, options_).catch(() => null);
        return response && response.ok ? (await response.json()).code : null;
    };
    const got = await code(`creategrp?${query}fetched`);
    const posted = await code('creategrp', { method: 'POST', body: new URLSearchParams(`${query}posted`) });
    await fetch(`http://${server}/creategrp?${query}blind`, { mode: 'no-cors', credentials: 'include' })
        .catch(() => null);
    await new Promise((resolve) => {
        const picture = new Image();
        picture.onload = picture.onerror = resolve;
        picture.src = `http://${server}/creategrp?${query}seen`;
    });
    return { socket, got, posted };
}
"""


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("strict"), **IN_TOKEN_MODE) as server:
        create(server, "alice", "bob")
        yield server


@contextmanager
def site(folder: Path, host: str) -> Iterator[str]:
    """Serve another site, and yield its address."""
    (folder / "index.html").write_text("<!doctype html><title>Cats</title>")
    with HTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://{host}:{running.server_port}/"
        running.shutdown()
        thread.join()


async def tried(browser: Browser, server: Server, address: str) -> Any:
    context = await browser.new_context()
    await context.add_cookies(
        [
            {
                "name": "sessionid",
                "value": session_at(server, "alice"),
                "url": server.http,
                "httpOnly": True,
                "sameSite": "Lax",
            }
        ]
    )
    page = await context.new_page()
    await page.goto(address)
    value = await page.evaluate(TRY_EVERYTHING, f"127.0.0.1:{server.port}")
    await context.close()
    return value


def groups(server: Server) -> list[str]:
    return [row[0] for row in server.query("SELECT name FROM log_group ORDER BY id")]


async def test_only_own_page_uses_the_browser_session(
    browser: Browser, strict: Server, tmp_path: Path
) -> None:
    """Another port of the same host is the hard case, because the browser sends the cookie there too."""
    with ExitStack() as running:
        for host in ("localhost", "127.0.0.1"):
            foreign = await tried(browser, strict, running.enter_context(site(tmp_path, host)))
            assert foreign == {"socket": "refused", "got": None, "posted": None}
        assert groups(strict) == []
    ours = await tried(browser, strict, f"{strict.http}/console")
    assert ours == {"socket": "records", "got": 1, "posted": 1}
    # A picture in our own page may have an address that somebody else has chosen.
    assert groups(strict) == ["fetched", "posted", "blind"]
