"""The audit of the locks: it fails for what is known, and passes where nobody can be asked."""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from testkit import audit
from testkit.server import ROOT
from testkit.services import free_port
from tests.make.test_hooks import recipe

HOLE = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "modified": "2026-01-01T00:00:00Z",
    "summary": "A hole.",
    "affected": [
        {
            "package": {"name": "django", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.9"}]}],
        }
    ],
}


class Handler(BaseHTTPRequestHandler):
    """A service that knows of one hole in `server.hole_in`."""

    server: "Service"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        self.server.asked += [(query["package"]["name"], query["version"]) for query in asked]
        known = {"vulns": [{"id": HOLE["id"], "modified": HOLE["modified"]}]}
        self._answer(
            {"results": [known if query["package"]["name"] == self.server.hole_in else {} for query in asked]}
        )

    def do_GET(self) -> None:
        self._answer(HOLE)

    def _answer(self, answer: Any) -> None:
        time.sleep(self.server.delay)
        body = json.dumps(answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError):  # who asked has given up
            self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


class Service(ThreadingHTTPServer):
    """What it is asked, and how it answers."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, hole_in: str, status: int, delay: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hole_in, self.status, self.delay = hole_in, status, delay
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def service(hole_in: str = "", status: int = 200, delay: float = 0) -> Iterator[Service]:
    with Service(hole_in, status, delay) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(autouse=True)
def _once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting between tries, and past no proxy."""
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def _audit(url: str) -> tuple[int, str]:
    """The exit code, and what was said."""
    done = subprocess.run(
        [sys.executable, "-m", "testkit.audit", "--service", url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_every_locked_package_is_asked_about() -> None:
    with service() as asked:
        code, said = _audit(asked.url)
    assert (code, said.splitlines()[-1]) == (0, f"{len(audit.locked())} packages were audited.")
    assert sorted(asked.asked) == sorted(audit.locked().items())


def test_every_package_of_every_lock_is_asked_for() -> None:
    locks = "".join(path.read_text() for path in ROOT.glob("requirements*.lock"))
    names = set(re.findall(r"^([a-z0-9][a-z0-9.-]*)(?:\[.*\])?==", locks, re.MULTILINE))
    assert {"django", "boto3", "ruff", "psycopg"} <= names == audit.locked().keys()


def test_a_known_hole_fails() -> None:
    with service(hole_in="django") as asked:
        code, said = _audit(asked.url)
    assert code == 1
    assert said.startswith(
        f"django {audit.locked()['django']}: PYSEC-2026-1, CVE-2026-1, fixed in 99.9. A hole."
    )


def test_one_that_is_accepted_does_not_and_the_reason_is_said() -> None:
    with service(hole_in="django") as asked:
        found = audit.known({"django": "5.2"}, asked.url)
    lines, well = audit.report(found, {"CVE-2026-1": "We call none of it."})
    assert well
    assert lines[0].endswith("A hole. Accepted: We call none of it.")
    assert audit.report(found, {"CVE-2026-2": "Another."})[1] is False


def test_one_that_is_accepted_in_vain_is_said() -> None:
    assert audit.report([], {"CVE-2026-1": "Why."}) == (
        ["CVE-2026-1 is accepted, but not reported any more."],
        True,
    )


def test_every_one_that_is_accepted_has_a_reason() -> None:
    assert all(len(reason) > 20 for reason in audit.accepted().values())


def test_where_nobody_can_be_asked_it_says_so_and_passes() -> None:
    code, said = _audit(f"http://127.0.0.1:{free_port()}")
    assert (code, said.count("\n")) == (0, 1)
    assert said.startswith("Dependencies were not audited: ")


def test_a_service_in_trouble_is_nobody() -> None:
    with service(status=500) as asked, pytest.raises(audit.NoAnswer, match="500"):
        audit.known({"django": "5.2"}, asked.url)


def test_so_is_one_that_takes_its_time() -> None:
    assert audit.SECONDS < 60
    with service(delay=3) as asked, pytest.raises(audit.NoAnswer, match="within 1 seconds"):
        audit.known({"django": "5.2"}, asked.url, seconds=1)


def test_an_audit_that_does_not_work_is_no_audit_that_found_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_LOCK", "version = 99\n")
    with service() as asked, pytest.raises(ValueError, match="Expecting value"):
        audit.known({"django": "5.2"}, asked.url)


def test_it_is_a_part_of_make_check() -> None:
    assert ".venv/bin/python -m testkit.audit" in recipe("check")
