"""Uploads in token mode: the token in the head of the request is checked before the body is read."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from testkit.server import Server
from testkit.uploading import UploadReply, form, request
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.wire.test_token_login import create

pytestmark = pytest.mark.slow

LOG_IN_AGAIN = UploadReply(5, "Log in again.", "")
LOCKED = UploadReply(5, "This account is locked.", "")
UNKNOWN = UploadReply(5, "There is no such user.", "")
FORGED = "a-secret-that-somebody-else-has-made-up"
CALLS = ["writev1", "writev2", "writev3", "avatar"]
# A client that is not answered within this time is being waited for.
SECONDS = 20.0
# How long nothing must come.
SILENCE_SECONDS = 0.5


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("strict"), **IN_TOKEN_MODE)
    server.prepare()
    create(server, "alice", "bob")
    create(server, "mallory", is_active=False)
    create(server, "dora", muted=True)
    server.start()
    yield server
    server.stop()


def upload(server: Server, target: str, content: bytes, authorization: str = "") -> UploadReply:
    body, content_type = form(content)
    headers = {"Content-Type": content_type}
    if authorization:
        headers["Authorization"] = authorization
    fetched = request(server, "POST", f"/upload/{target}", body, headers)
    assert fetched.status == 200
    return UploadReply(**json.loads(fetched.body))


def stored(server: Server) -> int:
    count: int = server.query("SELECT COUNT(*) FROM uploads_storedfile")[0][0]
    return count


@pytest.mark.promise("token-calls-9")
@pytest.mark.parametrize("call", CALLS)
def test_upload_without_valid_token_is_not_stored(strict: Server, picture: bytes, call: str) -> None:
    before = stored(strict)
    named = f"{call}?userid=alice"
    for reply in (
        upload(strict, named, picture),
        upload(strict, f"{named}&access_token=", picture),
        upload(strict, f"{named}&access_token=x", picture),
        upload(strict, f"{named}&access_token={token('alice', FORGED)}", picture),
        upload(strict, named, picture, "Basic YWxpY2U6c2VjcmV0"),
        upload(strict, named, picture, f"Bearer {token('alice', seconds=-60)}"),
        upload(strict, named, b""),
    ):
        assert reply == LOG_IN_AGAIN
    assert stored(strict) == before


def test_token_in_the_body_is_ignored(strict: Server, picture: bytes) -> None:
    body, content_type = form(picture)
    boundary = content_type.partition("boundary=")[2]
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="access_token"\r\n\r\n{token("alice")}\r\n'
    headers = {"Content-Type": content_type}
    fetched = request(strict, "POST", "/upload/writev2", part.encode() + body, headers)
    assert UploadReply(**json.loads(fetched.body)) == LOG_IN_AGAIN


@pytest.mark.promise("token-calls-9")
@pytest.mark.parametrize("call", CALLS)
def test_upload_with_invalid_token_is_refused_before_its_body(strict: Server, call: str) -> None:
    assert b'{"code":5,"message":"Log in again.","data":""}' in answered(strict, f"/upload/{call}")
    assert b'{"code":5' in answered(strict, f"/wsim/upload/{call}/?access_token=x")
    assert b'{"code":5' in answered(strict, f"/upload/{call}", "Transfer-Encoding: chunked")


@pytest.mark.parametrize("call", CALLS)
def test_body_of_token_holder_is_awaited(strict: Server, call: str) -> None:
    assert answered(strict, f"/upload/{call}?access_token={token('alice')}", seconds=SILENCE_SECONDS) == b""


def test_body_of_other_call_is_awaited_without_token(strict: Server) -> None:
    """The token may be in the body."""
    assert answered(strict, "/grpinfo", seconds=SILENCE_SECONDS) == b""


def test_upload_form_needs_no_token(strict: Server) -> None:
    page = request(strict, "GET", "/upload/writev2")
    assert page.status == 200
    assert b"<form" in page.body


@pytest.mark.promise("token-calls-11")
def test_chinese_reply_begins_with_meaning_of_code(
    tmp_path_factory: pytest.TempPathFactory, picture: bytes
) -> None:
    server = Server(tmp_path_factory.mktemp("chinese"), IM66_LEGACY_LANGUAGE="zh-hans", **IN_TOKEN_MODE)
    server.prepare()
    create(server, "alice")
    server.start()
    try:
        assert upload(server, "writev2", picture) == UploadReply(5, "没有权限：请重新登录", "")
        answer = upload(server, f"avatar?userid=bob&access_token={token('alice')}", picture)
        assert answer == UploadReply(5, "没有权限：只能由该用户本人操作", "")
    finally:
        server.stop()


def avatar(server: Server, userid: str) -> str:
    avatar_path: str = server.query(f"SELECT avatar FROM accounts_user WHERE userid = '{userid}'")[0][0]
    return avatar_path


def answered(
    server: Server, target: str, length: str = "Content-Length: 1000000", seconds: float = SECONDS
) -> bytes:
    """Return the answer to the head of a request without its body, or empty if the server waits for the
    body."""
    head = (
        f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as client:
        client.sendall(head.encode())
        got = b""
        with suppress(TimeoutError):
            while b"}" not in got:
                got += client.recv(65536)
        return got
