"""A too large body is refused while it arrives, and never buffered."""

import json
import socket
from collections.abc import Iterator

import pytest

from testkit.recordings import silence
from testkit.server import Server
from testkit.uploading import fetch, form, request, upload
from tests.conftest import MakeServer

pytestmark = pytest.mark.slow

CALLS = [
    "/upload/writev1",
    "/upload/writev2",
    "/upload/writev3",
    "/wsim/upload/writev3/",
    "/upload%2Fwritev1",
]


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server with small limits."""
    small = str(100_000)
    with Server(
        tmp_path_factory.mktemp("strict"),
        IM66_MAX_VOICE_BYTES=small,
        IM66_MAX_PICTURE_BYTES=small,
        IM66_MAX_VIDEO_BYTES=small,
    ) as server:
        yield server


@pytest.mark.parametrize("path", CALLS)
def test_body_with_too_large_content_length_is_refused(strict: Server, path: str) -> None:
    body, content_type = form(bytes(1_000_000))

    answer = request(strict, "POST", path, body, {"Content-Type": content_type})

    assert answer.status == 200
    reply = json.loads(answer.body)
    assert (reply["code"], reply["data"]) == (3, "")


@pytest.mark.parametrize("path", CALLS)
def test_chunked_body_beyond_the_limit_is_refused(strict: Server, path: str) -> None:
    with Raw(strict) as client:
        client.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(20):
            client.send(b"10000\r\n" + bytes(0x10000) + b"\r\n")

        assert client.reply()["code"] == 3


def test_too_large_body_is_refused_before_it_arrives(strict: Server) -> None:
    with Raw(strict) as client:
        client.send(b"POST /upload/writev3 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")

        assert client.reply()["message"] == "视频文件过大"


def test_too_large_body_gets_no_100_continue(strict: Server) -> None:
    with Raw(strict) as client:
        client.send(
            b"POST /upload/writev3 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n"
            b"Expect: 100-continue\r\n\r\n"
        )

        assert client.reply()["code"] == 3


def test_client_may_finish_sending_after_rejection(strict: Server) -> None:
    with Raw(strict) as client:
        client.send(b"POST /upload/writev1 HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n")
        for _ in range(8):
            client.send(bytes(1_000_000))

        assert client.reply()["code"] == 3
        assert client.is_closed()


def test_file_just_below_the_limit_is_accepted(strict: Server) -> None:
    small = silence(12)
    assert 90_000 < len(small) < 100_000

    assert upload(strict, "/upload/writev1", small).code == 0
    assert upload(strict, "/upload/writev1", silence(13)).code == 3


def test_other_paths_have_their_own_body_limit(strict: Server) -> None:
    answer = request(strict, "POST", "/creategrp", b"name=" + b"x" * 3_000_000)

    assert (answer.status, json.loads(answer.body)) == (
        200,
        {"code": 2, "message": "The body of the request is too large."},
    )
    assert request(strict, "POST", "/creategrp", b"name=" + b"x" * 1_000_000).status == 200
    assert request(strict, "POST", "/admin/login/", bytes(30_000_000)).status == 413


def test_rejected_body_is_not_buffered(make_server: MakeServer) -> None:
    server = make_server()
    upload(server, "/upload/writev3", b"nothing")
    before = server.memory()

    for _ in range(2):
        with Raw(server) as client:
            client.send(b"POST /upload/writev3 HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")
            for _ in range(60):
                client.send(bytes(1_000_000))

    assert server.memory() - before < 30_000_000


def test_accepted_body_is_not_held_in_memory(make_server: MakeServer) -> None:
    server = make_server()
    upload(server, "/upload/writev3", b"nothing")
    before = server.memory()

    for _ in range(3):
        assert upload(server, "/upload/writev3", bytes(19_000_000)).code == 4

    assert server.memory() - before < 30_000_000


@pytest.mark.parametrize("call", ["writev1", "writev2", "writev3"])
def test_body_that_is_not_a_form_is_refused(server: Server, call: str) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=y"}

    answer = request(server, "POST", f"/upload/{call}", b"--x", headers)

    assert answer.status == 200
    assert json.loads(answer.body)["code"] == 1


def test_client_disconnect_during_upload_leaves_server_working(server: Server, voice: bytes) -> None:
    for _ in range(5):
        with Raw(server) as client:
            client.send(b"POST /upload/writev1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
            client.send(bytes(300_000))

    assert fetch(upload(server, "/upload/writev1", voice).data).status == 200


class Raw:
    """A client that sends exactly the given bytes."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def reply(self) -> dict[str, object]:
        """Return the JSON of the only response."""
        head, _, body = self._read_head().partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n"), head
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self._socket.recv(65536)
        reply: dict[str, object] = json.loads(body)
        return reply

    def is_closed(self) -> bool:
        return self._socket.recv(1) == b""

    def _read_head(self) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            got = self._socket.recv(65536)
            assert got, "closed without an answer"
            data += got
        return data
