"""At its start, a server logs the confinement of its child processes, and denies them access to itself."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from testkit import nobody
from testkit.availability import unavailable
from testkit.server import PLAIN_DAPHNE, SERVE, Server
from testkit.services import NOBODY
from testkit.uploading import upload
from tests.conftest import MakeServer
from tests.support import without
from tests.support.waiting import until
from uploads import children, protection
from uploads.worker.confinement import landlock, seccomp

pytestmark = pytest.mark.slow

LANDLOCK = [444, 445, 446]
EVERYTHING = re.compile(
    r"INFO uploads\.protection: Media child: parent not dumpable, no new privileges, no capabilities,"
    r" Landlock ABI \d+, seccomp\.\n"
)
SERVERS = {
    "serve": SERVE,
    "daphne": PLAIN_DAPHNE,
}


@pytest.fixture
def complete_kernel() -> None:
    """Skip the test unless the kernel has all layers."""
    try:
        landlock.version()
        seccomp.machine()
    except OSError as error:
        unavailable(f"needs Landlock and a known machine: {error}")


@pytest.fixture
def home() -> Iterator[Path]:
    """Return a folder that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="im66-nobody-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.usefixtures("complete_kernel")
@pytest.mark.parametrize("kind", SERVERS)
def test_server_logs_protections_in_force(make_server: MakeServer, kind: str) -> None:
    server = make_server(command=SERVERS[kind])
    _ask(server)

    until(lambda: EVERYTHING.search(server.log.read_text()) is not None)


@pytest.mark.parametrize("kind", ["serve", pytest.param("daphne", marks=pytest.mark.wide)])
def test_unprivileged_server_converts_with_protected_memory(
    home: Path, kind: str, voice: bytes, picture: bytes, film: bytes
) -> None:
    with _served_by_nobody(home, SERVERS[kind]) as server:
        _ask(server)
        status = Path(f"/proc/{server.pid}/status").read_text()
        assert re.search(rf"^Uid:\s+{NOBODY}\s", status, re.MULTILINE)
        # What only its own user may read now belongs to root.
        assert Path(f"/proc/{server.pid}/environ").stat().st_uid == 0
        assert server.memory() > 0
        for call, content in (("writev1", voice), ("writev2", picture), ("writev3", film)):
            assert upload(server, f"/upload/{call}", content).code == 0


def _ask(server: Server) -> None:
    """Send a request: Daphne announces its start only then."""
    with urlopen(server.http, timeout=30) as page:
        assert page.status == 200


@contextmanager
def _served_by_nobody(home: Path, command: list[str]) -> Iterator[Server]:
    python = nobody.python(home)
    server = Server(home, nobody.command(*(python if part == sys.executable else part for part in command)))
    server.prepare()
    nobody.chown_to_nobody(home)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.mark.usefixtures("complete_kernel")
def test_server_without_landlock_warns_and_converts(make_server: MakeServer, picture: bytes) -> None:
    server = make_server(command=without.command(LANDLOCK, *SERVE))

    log_text = server.log.read_text()
    assert "WARNING uploads.protection: Media child: parent not dumpable" in log_text
    assert "seccomp; not in force: Landlock (Function not implemented)." in log_text
    assert upload(server, "/upload/writev2", picture).code == 0


@pytest.mark.usefixtures("complete_kernel")
def test_server_without_seccomp_warns_and_converts(make_server: MakeServer, picture: bytes) -> None:
    server = make_server(command=without.command([seccomp.ARCHITECTURES[seccomp.machine()][1]], *SERVE))

    assert "not in force: seccomp (Function not implemented)." in server.log.read_text()
    assert upload(server, "/upload/writev2", picture).code == 0


def test_child_that_does_not_start_is_logged_as_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(children, "command", lambda *arguments: ["/bin/false"])
    monkeypatch.setattr(protection, "shield", lambda: None)

    protection.protect()

    assert "No media can be converted: a child process does not start: " in caplog.text


def test_root_server_converts_in_folder_of_another_user(
    home: Path, voice: bytes, picture: bytes, film: bytes
) -> None:
    if os.geteuid() != 0:
        unavailable("needs root")
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    os.chown(closed, NOBODY, NOBODY)
    data = closed / "data"
    data.mkdir()
    server = Server(data)
    server.prepare()
    server.start()
    try:
        for call, content in (("writev1", voice), ("writev2", picture), ("writev3", film)):
            assert upload(server, f"/upload/{call}", content).code == 0
    finally:
        server.stop()
