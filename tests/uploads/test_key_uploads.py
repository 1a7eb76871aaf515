"""Uploads with API keys and browser sessions are authenticated by a database lookup before the body is
read."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest

from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Postgres, Unavailable
from testkit.uploading import UploadReply, form, request
from tests.support.sessions import session_at
from tests.support.tokens import IN_TOKEN_MODE
from tests.uploads.test_token_uploads import CALLS, LOCKED, LOG_IN_AGAIN, UNKNOWN, stored
from tests.wire.test_token_login import create

pytestmark = pytest.mark.slow

OUT_OF_SCOPE = UploadReply(5, "The API key is not for this.", "")
SECONDS = 20.0
# How long nothing must come.
SILENCE_SECONDS = 0.5
Headers = dict[str, str]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("strict"), **IN_TOKEN_MODE) as server:
        create(server, "alice", "bob")
        create(server, "mallory", is_active=False)
        yield server
        assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="module")
def key(strict: Server) -> str:
    return make_key(strict)


def make_key(server: Server, *scopes: str) -> str:
    options = [part for scope in scopes for part in ("--scope", scope)]
    return server.manage("makeapikey", "shop", *options).strip()


@pytest.fixture(scope="module")
def revoked(strict: Server) -> str:
    text = make_key(strict)
    code = "from accounts.authentication import api_keys; from accounts.models import ApiKey"
    strict.run_python(f"{code}; api_keys.revoke(ApiKey.objects.get(pk={text.split('.')[1]!r}))")
    return text


@pytest.fixture(scope="module")
def session(strict: Server) -> str:
    return session_at(strict, "alice")


def by_key(text: str) -> Headers:
    return {"Authorization": f"Api-Key {text}"}


def by_session(server: Server, key: str, **more: str) -> Headers:
    """Return the headers of our own page with this session."""
    return {"Cookie": f"sessionid={key}", "Origin": server.http, **more}


def upload(server: Server, target: str, content: bytes, headers: Headers) -> UploadReply:
    body, content_type = form(content)
    fetched = request(server, "POST", f"/upload/{target}", body, {"Content-Type": content_type, **headers})
    assert fetched.status == 200
    return UploadReply(**json.loads(fetched.body))


def head(target: str, headers: Headers, length: str = "Content-Length: 1000000") -> bytes:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(
        [
            f"POST {target} HTTP/1.1",
            *("Host: 127.0.0.1:{port}", length, "Content-Type: multipart/form-data; boundary=x"),
            *lines,
            "\r\n",
        ]
    ).encode()


@contextmanager
def sending(server: Server, start: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS) as client:
        client.sendall(start.replace(b"{port}", str(server.port).encode()))
        yield client


def receive(client: socket.socket, seconds: float = SECONDS, until: bytes = b"}") -> bytes:
    """Receive for this time, or until a mark."""
    client.settimeout(seconds)
    got = b""
    with suppress(TimeoutError):
        while until not in got and (piece := client.recv(65536)):
            got += piece
    return got


def answered(server: Server, start: bytes, seconds: float = SECONDS) -> bytes:
    """Return the answer to the head of a request without its body, or empty if the server waits for the
    body."""
    with sending(server, start) as client:
        return receive(client, seconds)


class TestKeys:
    @pytest.mark.parametrize("call", CALLS)
    def test_upload_with_invalid_key_is_refused_before_its_body(
        self, strict: Server, key: str, revoked: str, call: str
    ) -> None:
        for text in (f"{key}x", revoked):
            answer = answered(strict, head(f"/upload/{call}", by_key(text)))
            assert answer.startswith(b"HTTP/1.1 200 OK")
            assert b'{"code":5,"message":"The API key ' in answer
        chunked = head(f"/wsim/upload/{call}/", by_key(f"{key}x"), "Transfer-Encoding: chunked")
        assert b'{"code":5' in answered(strict, chunked)
        assert answered(strict, head(f"/upload/{call}", by_key(key)), SILENCE_SECONDS) == b""

    def test_expect_100_continue_is_answered_after_key_check(self, strict: Server, key: str) -> None:
        waits = {"Expect": "100-continue"}
        assert first_line(strict, head("/upload/writev2", {**by_key(key), **waits})) == b"HTTP/1.1 100"
        assert first_line(strict, head("/upload/writev2", {**by_key("x"), **waits})) == b"HTTP/1.1 200"

    def test_upload_without_expect_keeps_connection(self, strict: Server, picture: bytes, key: str) -> None:
        body, content_type = form(picture)
        boundary = content_type.partition("boundary=")[2]
        start = head("/upload/writev2", by_key(key), f"Content-Length: {len(body)}").replace(
            b"boundary=x", f"boundary={boundary}".encode()
        )
        another = b"GET /upload/writev2 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        with sending(strict, start + body + another) as client:
            assert b'{"code":0' in receive(client)
            assert b"<form" in receive(client, until=b"</form>"), "the connection goes on"
        bad = start.replace(key.encode(), b"x")
        with sending(strict, bad + body + another) as client:
            got = receive(client, until=b"</form>")
            assert b'{"code":5' in got
            assert b"<form" not in got

    def test_api_key_is_not_logged(self, strict: Server, key: str, revoked: str) -> None:
        log_text = strict.log.read_text()
        assert key.rpartition(".")[2] not in log_text
        assert revoked.rpartition(".")[2] not in log_text

    def test_key_upload_for_unknown_person_is_refused(self, strict: Server, picture: bytes, key: str) -> None:
        assert upload(strict, "writev2?as=nobody", picture, by_key(key)) == UNKNOWN
        assert upload(strict, "writev2?as=a%00b", picture, by_key(key)) == UNKNOWN
        assert upload(strict, "writev2?as=mallory", picture, by_key(key)) == LOCKED

    def test_avatar_upload_needs_people_scope(self, strict: Server, picture: bytes) -> None:
        uploader = make_key(strict, "uploads")
        assert upload(strict, "writev2", picture, by_key(uploader)).code == 0
        assert upload(strict, "avatar?userid=alice", picture, by_key(uploader)) == OUT_OF_SCOPE
        assert b"is not for this" in answered(strict, head("/upload/avatar?userid=alice", by_key(uploader)))


class TestSessions:
    @pytest.mark.promise("proof-3")
    def test_session_upload_needs_own_origin(self, strict: Server, picture: bytes, session: str) -> None:
        before = stored(strict)
        for origin in ("https://elsewhere.example", "null", "http://127.0.0.1:1"):
            headers = by_session(strict, session, Origin=origin)
            assert upload(strict, "writev2", picture, headers) == LOG_IN_AGAIN
        assert upload(strict, "writev2", picture, {"Cookie": f"sessionid={session}"}) == LOG_IN_AGAIN
        assert stored(strict) == before


class TestWhileTheDatabaseIsSlow:
    @pytest.fixture
    def slow(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
        try:
            with (
                Postgres() as postgres,
                Server(tmp_path_factory.mktemp("slow"), DATABASE_URL=postgres.url, **IN_TOKEN_MODE) as server,
            ):
                yield server
                assert "Traceback" not in server.log.read_text()
        except Unavailable as reason:
            unavailable(str(reason))

    def test_body_is_not_read_while_key_check_waits(self, slow: Server) -> None:
        key = make_key(slow)
        size = 18_000_000
        length = f"Content-Length: {size}"
        with psycopg.connect(slow.environment["DATABASE_URL"]) as database:
            database.execute("LOCK TABLE accounts_apikey IN ACCESS EXCLUSIVE MODE")
            start = head("/upload/writev3", by_key(key), length)
            # Whoever hangs up meanwhile does no harm.
            with sending(slow, head("/upload/writev3", by_key(key), length)) as client:
                client.sendall(bytes(100_000))
            forged = start.replace(key.encode(), f"{key[:-5]}-bad-".encode())
            with sending(slow, start) as good, sending(slow, forged) as bad:
                # A token needs no database.
                assert b'{"code":5' in answered(slow, head("/upload/writev3", {"Authorization": "Bearer x"}))
                assert receive(bad, SILENCE_SECONDS) == b""
                taken = send_what_is_taken(good, size)
                assert taken < size
                database.rollback()
                assert b'{"code":5' in receive(bad)
                good.settimeout(20)
                good.sendall(bytes(size - taken))
                assert b'{"code":1' in receive(good)


def first_line(server: Server, start: bytes) -> bytes:
    with sending(server, start) as client:
        return receive(client, until=b"HTTP/1.1")[:12]


def send_what_is_taken(client: socket.socket, most: int) -> int:
    """Send until the server has read nothing for a second, and return the number of bytes."""
    client.settimeout(1)
    sent = 0
    with suppress(TimeoutError):
        while sent < most:
            sent += client.send(bytes(min(65536, most - sent)))
    return sent
