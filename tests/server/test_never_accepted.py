"""Under Daphne, a socket that the application does not accept in time is ended."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from testkit.server import ROOT
from tests.server.heads import head

pytestmark = pytest.mark.slow

# Far more than the five seconds after which it is ended.
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    command = [sys.executable, "-m", "tests.server.hesitant"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield int(process.stdout.readline())
        process.terminate()


def connected(port: int, path: str) -> socket.socket:
    """A client that has sent its handshake."""
    client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    client.sendall(head(f"GET {path} HTTP/1.1", host=f"127.0.0.1:{port}"))
    return client


def test_accepted_socket_is_open(port: int) -> None:
    with connected(port, "/entry") as client:
        assert client.recv(1024).startswith(b"HTTP/1.1 101")


# The second is read by the library.
@pytest.mark.parametrize("path", ["/never", "//never"])
def test_unaccepted_socket_is_ended(port: int, path: str) -> None:
    with connected(port, path) as client, pytest.raises(ConnectionResetError):
        client.recv(1024)
