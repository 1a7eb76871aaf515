"""A page of another site, in the browser of a user of this server."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.async_api import Browser

from testkit.server import Server
from tests.support.calling import call

TRY_EVERYTHING = """
async (server) => {
    const socket = await new Promise((resolve) => {
        const opened = new WebSocket(`ws://${server}/entry`);
        opened.onopen = () => resolve('opened');
        opened.onerror = () => resolve('refused');
    });
    const query = `creator=victim&members=&name=`;
    await fetch(`http://${server}/creategrp?${query}fetched`, { mode: 'no-cors' }).catch(() => null);
    await fetch(`http://${server}/creategrp`, {
        method: 'POST', mode: 'no-cors', body: new URLSearchParams(`${query}posted`),
    }).catch(() => null);
    await new Promise((resolve) => {
        const picture = new Image();
        picture.onload = picture.onerror = resolve;
        picture.src = `http://${server}/creategrp?${query}seen`;
    });
    return socket;
}
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """Serve another site, and yield its address."""
    (tmp_path / "index.html").write_text("<!doctype html><title>Cats</title>")
    with HTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path))) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        yield f"http://localhost:{site.server_port}/"
        site.shutdown()
        thread.join()


async def test_foreign_page_opens_no_socket_and_creates_no_group(
    browser: Browser, server: Server, elsewhere: str
) -> None:
    address = f"127.0.0.1:{server.port}"
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(elsewhere)
    assert await page.evaluate(TRY_EVERYTHING, address) == "refused"
    assert call(server, "querymygrps", userid="victim") == []
    await page.goto(f"{server.http}/console")
    assert await page.evaluate(TRY_EVERYTHING, address) == "opened"
    assert [group["name"] for group in call(server, "querymygrps", userid="victim")] == [
        "fetched",
        "posted",
        "seen",
    ]
    await context.close()
