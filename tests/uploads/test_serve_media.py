"""Serving media: complete files, ranges, cached files, and nothing else."""

import os
import socket

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from testkit.server import Server
from testkit.uploading import fetch, request, upload
from tests.conftest import MakeServer
from uploads import media

NAME = "0123456789abcdef0123456789abcdef-3.mp3"
CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def url(server: Server) -> str:
    """Store a file whose content reveals the offset of each part, and return its URL."""
    place(server, NAME, CONTENT)
    return f"{server.http}/media/{NAME}"


def place(server: Server, name: str, content: bytes) -> None:
    media = server.data_dir / "media"
    media.mkdir(exist_ok=True)
    (media / name).write_bytes(content)


def test_media_file_is_served(url: str) -> None:
    got = fetch(url)

    assert (got.status, got.body) == (200, CONTENT)
    assert got.headers["Content-Type"] == "audio/mpeg"
    assert got.headers["Content-Length"] == str(len(CONTENT))
    assert got.headers["Accept-Ranges"] == "bytes"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_media_head_has_no_body(url: str) -> None:
    got = fetch(url, "HEAD")

    assert (got.status, got.body) == (200, b"")
    assert got.headers["Content-Length"] == str(len(CONTENT))


@pytest.mark.parametrize(
    ("requested", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=70000-200000", 70_000, 200_000),
        ("bytes=255900-", 255_900, 255_999),
        ("bytes=255900-999999999", 255_900, 255_999),
        ("bytes=-100", 255_900, 255_999),
        ("bytes=-999999999", 0, 255_999),
    ],
)
def test_requested_range_of_media_is_served(url: str, requested: str, first: int, last: int) -> None:
    got = fetch(url, Range=requested)

    assert (got.status, got.body) == (206, CONTENT[first : last + 1])
    assert got.headers["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert got.headers["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("requested", ["bytes=256000-", "bytes=256000-256001", "bytes=-0"])
def test_range_beyond_end_of_media_is_refused(url: str, requested: str) -> None:
    got = fetch(url, Range=requested)

    assert got.status == 416
    assert got.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize(
    "requested", ["bytes=5-1", "bytes=a-b", "bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes"]
)
def test_invalid_range_gets_complete_file(url: str, requested: str) -> None:
    got = fetch(url, Range=requested)

    assert (got.status, got.body) == (200, CONTENT)


def test_matching_etag_gets_not_modified(url: str) -> None:
    etag = fetch(url).headers["ETag"]

    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        got = fetch(url, If_None_Match=known)
        assert (got.status, got.body) == (304, b"")
        assert got.headers["ETag"] == etag
    assert fetch(url, If_None_Match='"other"').status == 200


def test_if_range_continues_only_the_same_media_file(url: str) -> None:
    etag = fetch(url).headers["ETag"]

    assert fetch(url, Range="bytes=5-9", If_Range=etag).body == CONTENT[5:10]
    assert fetch(url, Range="bytes=5-9", If_Range='"other"').body == CONTENT


def test_media_delete_is_refused(url: str) -> None:
    assert fetch(url, "DELETE").status in {403, 405}
    assert fetch(url).status == 200


@pytest.mark.parametrize("path", ["/media", "/media/", "/media/?", "/wsim/media/"])
def test_media_has_no_listing(server: Server, url: str, path: str) -> None:
    assert request(server, "GET", f"/wsim/media/{NAME}").status == 200
    got = request(server, "GET", path)

    assert got.status == 404
    assert NAME.encode() not in got.body


@pytest.mark.parametrize(
    "path",
    [
        "/media/../secret-key",
        "/media/..%2Fsecret-key",
        "/media/%2e%2e/secret-key",
        "/media/....//secret-key",
        "/media/..\\secret-key",
        "/media//etc/passwd",
        "/media/%2Fetc%2Fpasswd",
        f"/media/{NAME}%00.png",
        f"/media/{NAME}/",
        f"/media/./{NAME}%0A",
        f"/media/{NAME.upper()}",
        "/media/0123456789abcdef0123456789abcdef-3.html",
        "/media/0123456789abcdef0123456789abcdef-4.mp3",
    ],
)
def test_media_path_reaches_no_other_file(server: Server, url: str, path: str) -> None:
    assert (server.data_dir / "secret-key").exists()
    got = request(server, "GET", path)

    assert got.status in {400, 404}
    assert (server.data_dir / "secret-key").read_bytes() not in got.body


@pytest.mark.slow
def test_media_is_served_by_accel_redirect(make_server: MakeServer) -> None:
    server = make_server(IM66_MEDIA_ACCEL="/stored/")
    place(server, NAME, CONTENT)

    got = request(server, "GET", f"/media/{NAME}")

    assert (got.status, got.body) == (200, b"")
    assert got.headers["X-Accel-Redirect"] == f"/stored/{NAME}"
    assert got.headers["Content-Type"] == "audio/mpeg"


@pytest.mark.slow
def test_slow_media_readers_use_little_memory(make_server: MakeServer, voice: bytes) -> None:
    server = make_server()
    place(server, NAME, b"")
    with (server.data_dir / "media" / NAME).open("r+b") as file:
        file.truncate(200_000_000)
    assert upload(server, "/upload/writev1", voice).code == 0
    before = server.memory()

    readers = [_slow_reader(server) for _ in range(50)]
    try:
        answered = fetch(upload(server, "/upload/writev1", voice).data)
        grown = server.memory() - before
    finally:
        for reader in readers:
            reader.close()

    assert answered.status == 200
    assert grown < 50 * 1_000_000


def test_slow_media_reader_gets_complete_file(server: Server) -> None:
    content = bytes(range(256)) * 40_000
    place(server, NAME.replace("-3", "-4"), content)
    reader = _slow_reader(server, NAME.replace("-3", "-4"))

    received = b"".join(iter(lambda: reader.recv(1_000_000), b""))
    reader.close()

    assert received.partition(b"\r\n\r\n")[2] == content


def _slow_reader(server: Server, name: str = NAME) -> socket.socket:
    """Request a file and read only its first bytes."""
    reader = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    reader.sendall(f"GET /media/{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    start = reader.recv(12, socket.MSG_PEEK)
    assert start == b"HTTP/1.1 200"
    return reader


def test_media_file_is_closed_between_pieces() -> None:
    name = default_storage.save(NAME, ContentFile(CONTENT))
    reading = media.read_range(name, media.ByteRange(10, len(CONTENT) - 10))

    taken = [next(reading)]
    opened = [os.path.realpath(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")]

    assert default_storage.path(name) not in opened
    assert b"".join([*taken, *reading]) == CONTENT[10:-9]
