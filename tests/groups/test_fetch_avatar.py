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
def host() -> Iterator[Host]:
    """The URL of a host that answers once: with `first` at once, with `dripping` byte by byte, and then with
    `rest`."""
    listening = socket.create_server(("127.0.0.1", 0))
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
        return f"http://127.0.0.1:{listening.getsockname()[1]}/face.jpg"

    yield begin
    ended.set()
    listening.close()


@pytest.fixture(autouse=True)
def hasty(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    override(settings, avatar_hosts=["127.0.0.1"])
    monkeypatch.setattr(remote, "SECONDS", 1.0)


def test_a_picture_arrives(host: Host, tmp_path: Path) -> None:
    assert remote.fetch(host(HEAD + PICTURE), tmp_path / "face")
    assert (tmp_path / "face").read_bytes() == PICTURE


@pytest.mark.parametrize("sent", [(b"", HEAD, PICTURE), (HEAD, PICTURE)], ids=["head", "content"])
def test_a_host_that_sends_a_byte_now_and_then_is_given_up(
    host: Host, tmp_path: Path, sent: tuple[bytes, ...]
) -> None:
    assert not remote.fetch(host(*sent), tmp_path / "face")
    assert not (tmp_path / "face").exists()


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\ncut off",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_what_is_no_whole_picture_is_none(host: Host, tmp_path: Path, said: bytes) -> None:
    assert not remote.fetch(host(said), tmp_path / "face")


def test_a_picture_with_too_many_bytes_is_none(host: Host, tmp_path: Path, settings: Any) -> None:
    override(settings, max_picture_bytes=len(PICTURE) - 1)
    assert not remote.fetch(host(HEAD + PICTURE), tmp_path / "face")
