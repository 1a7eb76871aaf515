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
from pathlib import Path

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
PROJECT = '[tool.im66.audit.accepted]\n"CVE-2026-1" = "We call none of it."\n'


class Handler(BaseHTTPRequestHandler):
    """A service that knows of one hole in `server.vulnerable`."""

    server: "Service"

    def do_POST(self) -> None:
        name = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
        self.server.queried.add(name)
        time.sleep(self.server.delay)
        body = json.dumps({"vulns": [HOLE]} if name == self.server.vulnerable else {}).encode()
        with suppress(BrokenPipeError):
            self.send_response(self.server.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


class Service(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, vulnerable: str, status: int, delay: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.vulnerable, self.status, self.delay = vulnerable, status, delay
        self.queried: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def service(vulnerable: str = "", status: int = 200, delay: float = 0) -> Iterator[Service]:
    with Service(vulnerable, status, delay) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(autouse=True)
def _past_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def make_project(folder: Path, accepted: str = "[tool.im66.audit.accepted]\n") -> Path:
    """A project whose lock has Django only."""
    lock = (ROOT / "requirements.lock").read_text()
    (block,) = re.findall(r"^django==(?:.*\\\n)+.*\n", lock, re.MULTILINE)
    (folder / "requirements.lock").write_text(block)
    (folder / "pyproject.toml").write_text(accepted)
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(audit, "ROOT", make_project(tmp_path))
    return tmp_path


def test_every_package_of_every_lock_is_audited() -> None:
    locks = "".join(path.read_text() for path in ROOT.glob("requirements*.lock"))
    names = set(re.findall(r"^([a-z0-9][a-z0-9.-]*)(?:\[.*\])?==", locks, re.MULTILINE))
    with service() as running:
        is_clean, _ = audit.audit(running.url)
    assert is_clean
    # Without those for other systems.
    assert {"django", "boto3", "ruff", "psycopg"} <= running.queried <= names
    assert len(names - running.queried) < 10


def test_known_vulnerability_fails_the_audit(project: Path) -> None:
    with service(vulnerable="django") as running:
        is_clean, report = audit.audit(running.url)
    assert not is_clean
    assert re.search(r"django +\S+ +PYSEC-2026-1 +99\.9", report)


def test_accepted_vulnerability_passes_the_audit(project: Path) -> None:
    make_project(project, PROJECT)
    with service(vulnerable="django") as running:
        assert audit.audit(running.url)[0]


def test_accepted_vulnerabilities_have_reasons() -> None:
    assert all(len(reason) > 20 for reason in audit.accepted().values())


def test_audit_passes_with_a_warning_when_offline() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "testkit.audit"],
        cwd=ROOT,
        env={"OSV_URL": f"http://127.0.0.1:{free_port()}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, "")
    assert done.stdout.startswith("Dependencies were not audited: ")


def test_failing_audit_service_raises_no_answer(project: Path) -> None:
    with service(status=500) as running, pytest.raises(audit.NoAnswer):
        audit.audit(running.url)


def test_slow_audit_service_raises_no_answer(project: Path) -> None:
    with service(delay=5) as running, pytest.raises(audit.NoAnswer, match="within 2 seconds"):
        audit.audit(running.url, seconds=2)


def test_audit_of_invalid_lock_fails(project: Path) -> None:
    (project / "requirements.lock").write_text("django==\n")
    with service() as running, pytest.raises(RuntimeError):
        audit.audit(running.url)


def test_audit_is_part_of_make_check() -> None:
    assert ".venv/bin/python -m testkit.audit" in recipe("check")
