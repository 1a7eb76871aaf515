"""The host that a request names: sockets and calls are for those of IM66_ALLOWED_HOSTS."""

import asyncio
import http.client
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from testkit.server import Server
from testkit.uploading import request

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("guarded")
    with Server(folder, IM66_ALLOWED_HOSTS="chat.example,.more.example") as server:
        yield server


def _get(server: Server, host: str, path: str = "/grpinfo?groupid=1") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()


async def _open(server: Server, host: str) -> int:
    """The status of the handshake."""
    try:
        async with connect(f"ws://{host}/entry", host="127.0.0.1", port=server.port) as socket:
            assert socket.response
            return socket.response.status_code
    except InvalidStatus as error:
        return error.response.status_code


OURS = ["chat.example", "chat.example:8443", "CHAT.example", "a.more.example"]
OUR_HOST = {"Host": "chat.example"}
FOREIGN = ["elsewhere.example", "chat.example.elsewhere", "127.0.0.1"]


@pytest.mark.promise("socket-4", "call-43")
async def test_only_allowed_hosts_are_served(guarded: Server) -> None:
    assert [await _open(guarded, host) for host in OURS] == [101] * len(OURS)
    assert [_get(guarded, host) for host in OURS] == [200] * len(OURS)
    assert [await _open(guarded, host) for host in FOREIGN] == [403] * len(FOREIGN)
    assert [_get(guarded, host) for host in FOREIGN] == [400] * len(FOREIGN)


async def test_too_long_host_name_is_rejected(server: Server) -> None:
    """Replies name the host again and again."""
    assert _get(server, "x" * 200) == 200
    assert _get(server, "x" * 2000) == 400


def test_http_method_in_lower_case_is_refused(guarded: Server) -> None:
    before = guarded.log.read_text()
    for path in ("/grpinfo?groupid=1", "/upload/writev1", "/console"):
        for method in ("post", "Post", "get"):
            assert request(guarded, method, path, None, OUR_HOST).status == 400
    assert request(guarded, "POST", "/grpinfo?groupid=1", None, OUR_HOST).status == 200
    assert "Traceback" not in guarded.log.read_text().removeprefix(before)


@pytest.mark.parametrize("origin", ["http://[", "https://[foo]"])
def test_unreadable_origin_is_treated_as_foreign(guarded: Server, origin: str) -> None:
    before = guarded.log.read_text()
    odd = {**OUR_HOST, "Origin": origin, "Cookie": "sessionid=x"}
    for path in ("/creategrp?creator=alice&members=bob&name=odd", "/upload/writev1"):
        assert request(guarded, "POST", path, b"", odd).status == 403
    assert request(guarded, "GET", "/grpinfo?groupid=987654321", None, odd).status == 200
    with pytest.raises((InvalidStatus, InvalidMessage)):
        asyncio.run(_connect(guarded, odd))
    assert "Traceback" not in guarded.log.read_text().removeprefix(before)


async def _connect(server: Server, headers: dict[str, str]) -> None:
    async with connect(server.entry, additional_headers=headers):
        pass


async def test_refused_host_is_logged_in_one_line(guarded: Server) -> None:
    begun = guarded.log.read_text()
    _get(guarded, "elsewhere.example")
    _get(guarded, "elsewhere.example", "/admin/")
    _get(guarded, "elsewhere.example", "/static/im66/base.css")
    await _open(guarded, "elsewhere.example")
    text = guarded.log.read_text().removeprefix(begun)
    lines = [line for line in text.splitlines() if "im66.door" in line]
    assert len(lines) == 4
    assert all("'elsewhere.example" in line for line in lines)
    assert "Traceback" not in text
    assert "ERROR" not in text


def test_logged_host_is_cut_and_escaped(guarded: Server) -> None:
    _get(guarded, "x" * 2000)
    _get(guarded, "a\x1b[31mb")
    assert "x" * 200 not in guarded.log.read_text()
    assert "\x1b" not in guarded.log.read_text()
