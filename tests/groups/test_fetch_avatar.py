"""An avatar of another host is fetched in a bounded time, however the host answers."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from groups.pictures import remote
from tests.support.settings import override

PICTURE = b"picture" * 20
HEAD = b"HTTP/1.1 200 OK\r\nX-Padding: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n"
# It sends a byte this often when it drips, so that all of it takes some ten seconds.
PAUSE_SECONDS = 0.1

Host = Callable[..., str]


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def port(listening: socket.socket) -> int:
    port: int = listening.getsockname()[1]
    return port


@pytest.fixture
def host(listening: socket.socket, port: int) -> Iterator[Host]:
    """The URL of a host that answers once: with `first` at once, with `dripping` byte by byte, and then with
    `rest`."""
    ended = threading.Event()

    def answer(first: bytes, dripping: bytes, rest: bytes) -> None:
        with suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(first)
                for byte in dripping:
                    connection.sendall(bytes([byte]))
                    if ended.wait(PAUSE_SECONDS):
                        return
                connection.sendall(rest)

    def begin(first: bytes, dripping: bytes = b"", rest: bytes = b"") -> str:
        threading.Thread(target=answer, args=(first, dripping, rest), daemon=True).start()
        return f"http://127.0.0.1:{port}/face.jpg"

    yield begin
    ended.set()


@pytest.fixture(autouse=True)
def hasty(settings: Any, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    override(settings, avatar_hosts=[f"127.0.0.1:{port}"])
    monkeypatch.setattr(remote, "MAX_FETCH_SECONDS", 1.0)


def test_avatar_is_fetched_from_remote_host(host: Host, tmp_path: Path) -> None:
    assert remote.fetch(host(HEAD + PICTURE), tmp_path / "face")
    assert (tmp_path / "face").read_bytes() == PICTURE


@pytest.mark.parametrize("sent", [(b"", HEAD, PICTURE), (HEAD, PICTURE)], ids=["head", "content"])
def test_slow_host_is_abandoned(host: Host, tmp_path: Path, sent: tuple[bytes, ...]) -> None:
    assert not remote.fetch(host(*sent), tmp_path / "face")
    assert not (tmp_path / "face").exists()


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\ncut off",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_incomplete_picture_rejected(host: Host, tmp_path: Path, response: bytes) -> None:
    assert not remote.fetch(host(response), tmp_path / "face")


def test_oversized_remote_avatar_is_not_fetched(host: Host, tmp_path: Path, settings: Any) -> None:
    override(settings, max_picture_bytes=len(PICTURE) - 1)
    assert not remote.fetch(host(HEAD + PICTURE), tmp_path / "face")


def test_other_port_of_allowed_host_is_not_called(
    host: Host, port: int, tmp_path: Path, settings: Any
) -> None:
    for hosts in (["127.0.0.1"], [f"127.0.0.1:{port - 1}"], [f"localhost:{port}"]):
        override(settings, avatar_hosts=hosts)
        assert not remote.fetch(f"http://127.0.0.1:{port}/face.jpg", tmp_path / "face")
    override(settings, avatar_hosts=[f"127.0.0.1:{port}"])
    assert remote.fetch(host(HEAD + PICTURE), tmp_path / "face")


@pytest.mark.parametrize(
    ("url", "is_called"),
    [
        ("http://a.example/x", True),
        ("https://a.example/x", True),
        ("http://a.example:443/x", True),
        ("http://a.example:8080/x", False),
        ("http://a.example:0/x", False),
        ("http://b.example:8080/x", True),
        ("http://b.example/x", False),
        ("ftp://a.example/x", False),
    ],
)
def test_the_usual_ports_are_called_or_the_one_that_is_named(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, url: str, is_called: bool
) -> None:
    called: list[str] = []

    async def read(parts: Any, limit: int) -> None:
        called.append(parts.hostname)

    monkeypatch.setattr(remote, "_read", read)
    override(settings, avatar_hosts=["a.example", "b.example:8080"])
    remote.fetch(url, tmp_path / "face")
    assert bool(called) is is_called
