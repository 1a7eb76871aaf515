"""What a proxy says of a client, over real connections: the address that replies are for, and pages."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from testkit.phone import Phone, unpacked
from testkit.server import Server
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

HOST = "chat.example"
FORWARDED = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
SETTINGS = {
    "IM66_PRODUCTION": "true",
    "IM66_SECRET_KEY": "k" * 50,
    "IM66_ALLOWED_HOSTS": HOST,
    "IM66_AUTH": "open",
}


@pytest.fixture(scope="module")
def trusting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Its proxy is on this machine."""
    with Server(tmp_path_factory.mktemp("trusting"), **SETTINGS, IM66_PROXIES="127.0.0.1") as server:
        yield server


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It has no proxy."""
    with Server(tmp_path_factory.mktemp("alone"), **SETTINGS) as server:
        yield server


def _ask(server: Server, path: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("GET", path, headers={**FORWARDED, "Host": HOST})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def _make_group(server: Server, creator: str) -> Any:
    _, body = _ask(server, f"/creategrp?creator={creator}&members=&name=x")
    return json.loads(body)["data"]


async def _avatar(server: Server, userid: str, group_id: str) -> str:
    """As its own socket is told."""
    through: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "additional_headers": FORWARDED}
    async with Phone(f"ws://{HOST}/entry", userid, **through) as phone:
        await phone.send(f"members_{group_id}")
        (member,) = unpacked(await phone.receive())
    return str(member["snap"])


async def test_replies_name_the_requested_address(trusting: Server, cast: Cast) -> None:
    group = _make_group(trusting, cast.alice)
    assert group["snap"].startswith(f"https://{HOST}/")
    assert (await _avatar(trusting, cast.alice, group["groupid"])).startswith(f"https://{HOST}/")
    page, _ = _ask(trusting, "/")
    assert page.getheader("Strict-Transport-Security") == "max-age=31536000"


async def test_unlisted_proxy_is_ignored_and_logged_once(alone: Server, cast: Cast) -> None:
    group = _make_group(alone, cast.alice)
    assert group["snap"].startswith(f"http://{HOST}/")
    assert (await _avatar(alone, cast.alice, group["groupid"])).startswith(f"http://{HOST}/")
    page, _ = _ask(alone, "/")
    assert page.getheader("Strict-Transport-Security") is None
    assert alone.log.read_text().count("which is not in IM66_PROXIES") == 1
