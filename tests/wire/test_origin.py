"""Pages of other sites open no sockets and change nothing; apps, and our own page, do."""

import http.client
import json
from urllib.parse import urlencode

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from testkit.phone import Phone
from testkit.server import Server
from testkit.uploading import form

Headers = dict[str, str]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _ours(server: Server) -> list[Headers]:
    return [
        {},
        {"Origin": server.http},
        {"Origin": server.http, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ]


FOREIGN: list[Headers] = [
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
]


def _ask(server: Server, method: str, path: str, headers: Headers, body: bytes = b"") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.promise("socket-3")
async def test_apps_and_our_own_page_open_sockets(server: Server) -> None:
    async with Phone(server.entry, "ann") as ann:
        for headers in _ours(server):
            async with connect(server.entry, additional_headers=headers) as socket:
                await socket.send("login_zoe")
                await socket.send("text_ann_here I am_unicast_")
                assert (await ann.message()).content == "here I am"


@pytest.mark.promise("socket-3")
@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_pages_of_other_sites_cannot_open_sockets(server: Server, headers: Headers) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(server.entry, additional_headers=headers)
    assert refused.value.response.status_code == 403


def _groups(server: Server, userid: str) -> list[str]:
    _, body = _ask(server, "GET", f"/querymygrps?userid={userid}", {})
    return [group["name"] for group in json.loads(body)["data"]]


@pytest.mark.promise("call-9")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_only_our_own_pages_can_change_data(server: Server, method: str) -> None:
    def create(name: str, headers: Headers) -> int:
        query = urlencode({"creator": f"olga{method}", "members": "zoe", "name": name})
        if method == "GET":
            return _ask(server, "GET", f"/creategrp?{query}", headers)[0]
        return _ask(server, "POST", "/wsim/creategrp/", FORM | headers, query.encode())[0]

    assert [create("foreign", headers) for headers in FOREIGN] == [403] * len(FOREIGN)
    assert [create("ours", headers) for headers in _ours(server)] == [200] * 4
    assert _groups(server, f"olga{method}") == ["ours"] * 4


@pytest.mark.promise("call-9")
def test_upload_from_a_foreign_origin_is_refused(server: Server) -> None:
    body, content_type = form(b"no picture")
    for path in ("/upload/writev1", "/upload/writev2", "/upload/writev3", "/upload/avatar?userid=zoe"):
        statuses = [
            _ask(server, "POST", path, {"Content-Type": content_type, **headers}, body)[0]
            for headers in (FOREIGN[0], {"Origin": server.http}, {})
        ]
        assert statuses == [403, 200, 200]
