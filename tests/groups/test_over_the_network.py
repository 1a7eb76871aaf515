"""The calls as bytes on the wire, to a server as an operator starts it."""

import json
import socket
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from testkit.server import Server
from tests.support.groups import OK

FORM = "Content-Type: application/x-www-form-urlencoded"


def raw(server: Server, request_line: str, *headers: str, body: bytes = b"") -> tuple[str, str]:
    """The head and the body of the reply."""
    lines = [
        f"{request_line} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Connection: close",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        with connection.makefile("rb") as stream:
            head, _, reply = stream.read().partition(b"\r\n\r\n")
    return head.decode(), reply.decode()


@pytest.mark.promise("call-6")
def test_a_reply_has_its_type_length_and_body(server: Server) -> None:
    head, body = raw(server, "GET /creategrp?creator=raw1&members=raw2,&name=%E7%BE%A4")
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "\r\ncontent-type: application/json\r\n" in f"{head.lower()}\r\n"
    assert f"\r\ncontent-length: {len(body.encode())}\r\n" in f"{head.lower()}\r\n"
    made = json.loads(body)["data"]
    assert made["snap"].startswith(f"{server.http}/media/")
    assert body == (
        f'{{"code":1,"message":"OK","data":{{"groupid":"{made["groupid"]}","creator":"raw1","name":"群",'
        f'"notice":"","snap":"{made["snap"]}","members":["raw1","raw2"]}}}}'
    )


@pytest.mark.promise("call-42")
def test_raw_utf_8_in_the_query(server: Server) -> None:
    _, body = raw(server, "GET /creategrp?creator=raw3&members=老板&name=我的_群")
    reply = json.loads(body)
    assert reply["data"]["name"] == "我的_群"
    assert reply["data"]["members"] == ["raw3", "老板"]


def test_a_question_mark_with_nothing_after_it(server: Server) -> None:
    body = urlencode({"creator": "raw4", "members": "raw5", "name": "x"}).encode()
    _, created = raw(server, "POST /wsim/creategrp?", FORM, body=body)
    group_id = json.loads(created)["data"]["groupid"]
    left = urlencode({"groupid": group_id, "members": "raw5"}).encode()
    assert raw(server, "POST /delmembers/?", FORM, body=left)[1] == OK
    _, info = raw(server, "POST /grpinfo?", FORM, body=urlencode({"groupid": group_id}).encode())
    assert [member["userid"] for member in json.loads(info)["data"]["members"]] == ["raw4"]


def test_a_get_with_a_form_in_its_body(server: Server) -> None:
    _, body = raw(server, "GET /querymygrps", FORM, body=b"userid=raw9")
    assert body == '{"code":1,"message":"OK","data":[]}'


@pytest.mark.promise("call-45")
def test_the_pictures_that_replies_name_are_served(server: Server) -> None:
    raw(server, "GET /creategrp?creator=raw6&members=raw7&name=x")
    _, body = raw(server, "GET /querymygrps?userid=raw7")
    group = json.loads(body)["data"][0]
    for url, start in ((group["snap"], b"\xff\xd8\xff"), (group["members"][0]["snap"], b"\x89PNG")):
        with urlopen(url, timeout=30) as picture:
            assert picture.read().startswith(start)
