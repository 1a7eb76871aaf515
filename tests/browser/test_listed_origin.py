"""A page of an origin in IM66_ORIGINS, in a browser that is also logged in on our pages.

It can act as a client by its token, and do nothing by the cookie.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from testkit.server import Server
from tests.browser.test_accounts import MAKE_PEOPLE
from tests.browser.test_foreign_origin import Site, another_site, logged_in
from tests.support.tokens import IN_TOKEN_MODE, token

# What a client of another team does, of whom the server knows only the origin.
CLIENT = """
async ([server, token]) => {
    const bearer = { Authorization: `Bearer ${token}` };
    const ask = (path, { headers, ...more } = {}) =>
        fetch(`http://${server}${path}`, { ...more, headers: { ...bearer, ...headers } });
    const me = await (await ask('/api/v1/me')).json();
    const changed = await ask('/api/v1/me', {
        method: 'PATCH', body: '{"nickname": "Alice A."}', headers: { 'Content-Type': 'application/json' },
    });
    const form = new FormData();
    const drawn = new OffscreenCanvas(8, 8);
    drawn.getContext('2d').fillRect(0, 0, 4, 4);
    form.append('file', await drawn.convertToBlob(), 'dot.png');
    const uploaded = await (await ask('/api/v1/uploads', { method: 'POST', body: form })).json();
    const media = await fetch(uploaded.url);
    const said = await new Promise((resolve) => {
        const socket = new WebSocket(`ws://${server}/entry`, 'im66.json.v1');
        socket.onopen = () => socket.send(JSON.stringify({ id: 1, cmd: 'hello', token }));
        socket.onmessage = ({ data }) => resolve(JSON.parse(data).ok.user.userid);
        socket.onerror = () => resolve('refused');
    });
    const unproven = await ask('/api/v1/uploads', {
        method: 'POST', body: form, headers: { Authorization: 'Bearer x' },
    });
    const type = media.headers.get('Content-Type');
    return [me.userid, (await changed.json()).nickname, type, said, unproven.status];
}
"""
# What it may not do by the cookie, which the browser sends: the answers to reading, writing and a socket.
BY_COOKIE = """
async (server) => {
    const ask = (more) => fetch(`http://${server}/api/v1/me`, { ...more, credentials: 'include' });
    const status = async (more) => (await ask(more).catch(() => ({ status: 'unreadable' }))).status;
    const headers = { 'Content-Type': 'application/json' };
    const change = { method: 'PATCH', body: '{"nickname": "X"}', headers };
    const socket = await new Promise((resolve) => {
        const opened = new WebSocket(`ws://${server}/entry`, 'im66.json.v1');
        opened.onopen = () => opened.send('{"id": 1, "cmd": "hello"}');
        opened.onerror = () => resolve('refused');
        opened.onclose = ({ code }) => resolve(code);
    });
    const plain = await fetch(`http://${server}/api/v1/me`).then(({ status }) => status, () => 'unreadable');
    return [await status({}), await status(change), plain, socket];
}
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with another_site() as site:
        yield site


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[Server]:
    origins = f"http://127.0.0.1:{site.port}"
    with Server(tmp_path_factory.mktemp("listing"), **IN_TOKEN_MODE, IM66_ORIGINS=origins) as server:
        server.run_python(MAKE_PEOPLE)
        yield server


@pytest.mark.promise("socket-3")
async def test_listed_origin_works_by_token_and_not_by_cookie(
    browser: Browser, listing: Server, site: Site
) -> None:
    context, page = await logged_in(browser, listing)
    address = f"127.0.0.1:{listing.port}"
    await page.goto(f"http://127.0.0.1:{site.port}/")
    done = await result_of(page, CLIENT, [address, token("alice")])
    assert done == ["alice", "Alice A.", "image/png", "alice", 401]
    # Without credentials the refusal can be read; with them, the browser shows the page nothing.
    assert await result_of(page, BY_COOKIE, address) == ["unreadable", "unreadable", 401, 4401]
    # The same page under an origin that is not listed.
    await page.goto(f"http://localhost:{site.port}/")
    assert await result_of(page, BY_COOKIE, address) == ["unreadable", "unreadable", "unreadable", "refused"]
    await context.close()


async def result_of(page: Page, script: str, arg: Any) -> Any:
    async with asyncio.timeout(30):
        return await page.evaluate(script, arg)
