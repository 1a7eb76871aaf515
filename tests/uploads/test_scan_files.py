"""Files wait for a virus scanner, a command or the real clamd."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from testkit.availability import unavailable
from testkit.server import Server
from testkit.uploading import request, send_pieces
from tests.conftest import MakeServer
from tests.support.settings import override
from tests.support.tokens import SECRET
from tests.support.waiting import until
from tests.uploads.test_files_in_pieces import Sender
from uploads.documents import scanning
from uploads.documents.scanning import NoAnswer, Verdict
from uploads.models import Document

EVIL = b"im66 takes this for evil"
CLAMD = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@pytest.fixture(autouse=True)
def token_mode(db: None, settings: Settings, tmp_path: Path, monkeypatch: Any) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    override(settings, auth="token", token_secret=SECRET, token_creates_users=True)
    # The thread would not see what the test has not committed.
    monkeypatch.setattr(scanning, "wake_scanner", lambda: None)


def command(folder: Path, script: str) -> str:
    path = folder / "scan"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return str(path)


def test_file_is_served_after_scan(settings: Settings, tmp_path: Path) -> None:
    override(settings, file_scanner=command(tmp_path, f'grep -q "{EVIL.decode()}" "$1" && exit 1; exit 0'))
    alice = Sender("alice")

    waiting = alice.sent("a.txt", b"harmless")
    scanning.scan_next()
    where = f"/api/v1/uploads/files/{Document.objects.get().pk}"

    assert (waiting["waits_for"], "url" in waiting) == ("scanner", False)
    assert alice.call("GET", where).json()["url"]


def test_infected_file_is_removed_and_refused(settings: Settings, tmp_path: Path) -> None:
    override(settings, file_scanner=command(tmp_path, f'grep -q "{EVIL.decode()}" "$1" && exit 1; exit 0'))
    alice = Sender("alice")
    alice.sent("a.txt", EVIL)

    scanning.scan_next()

    id_ = Document.objects.get().pk
    assert alice.call("GET", f"/api/v1/uploads/files/{id_}").status_code == 403
    assert not list(tmp_path.glob("*.part"))


def test_failed_scan_is_retried_later_only(settings: Settings, tmp_path: Path) -> None:
    override(settings, file_scanner=command(tmp_path, f"echo asked >> {tmp_path}/calls; exit 2"))
    alice = Sender("alice")
    alice.sent("a.txt", b"harmless")
    scanning.scan_next()
    where = f"/api/v1/uploads/files/{Document.objects.get().pk}"

    for _ in range(3):
        assert alice.call("GET", where).status_code == 202
        scanning.scan_next()

    assert (tmp_path / "calls").read_text().split() == ["asked"]
    override(settings, file_scanner=command(tmp_path, "exit 0"))
    Document.objects.update(due_at=timezone.now())
    scanning.scan_next()
    assert alice.call("GET", where).status_code == 200


@pytest.mark.slow
def test_server_scans_uploaded_file_by_itself(make_server: MakeServer, tmp_path: Path) -> None:
    scanner = command(tmp_path, f'grep -q "{EVIL.decode()}" "$1" && exit 1; exit 0')
    server = make_server(IM66_FILE_SCANNER=scanner)
    headers = {"Authorization": "Userid alice", "Tus-Resumable": "1.0.0"}
    for name, content, expected in (("a.txt", b"harmless", 200), ("b.txt", EVIL, 403)):
        where = send_pieces(server, headers, name, content)
        until(partial(has_status, server, where, headers, expected))


def has_status(server: Server, where: str, headers: dict[str, str], expected: int) -> bool:
    return request(server, "GET", where, None, headers).status == expected


def test_scan_retry_pauses_grow_up_to_a_limit() -> None:
    pauses = [scanning.retry_pause(tries) for tries in (1, 2, 3, 1000)]
    assert pauses == [
        timedelta(seconds=5),
        timedelta(seconds=10),
        timedelta(seconds=20),
        timedelta(minutes=10),
    ]


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[str]:
    """Run clamd with only one signature, made for the test. Yield the value of the setting."""
    if CLAMD is None:
        unavailable("There is no clamd: install clamav-daemon.")
    database, socket = tmp_path / "database", tmp_path / "clamd.socket"
    database.mkdir()
    (database / "im66.ndb").write_text(f"Im66.Test:0:*:{EVIL.hex()}\n")
    options = {
        "DatabaseDirectory": database,
        "LocalSocket": socket,
        "Foreground": "yes",
        "TemporaryDirectory": tmp_path,
    }
    configuration = tmp_path / "clamd.conf"
    configuration.write_text(
        "Foreground yes\n" + "".join(f"{name} {value}\n" for name, value in options.items())
    )
    with subprocess.Popen(
        [CLAMD, "--config-file", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            until(socket.exists)
            yield f"clamd:{socket}"
        finally:
            process.terminate()


@pytest.mark.slow
def test_real_clamd_finds_infected_file_only(clamd: str, settings: Settings, tmp_path: Path) -> None:
    override(settings, file_scanner=clamd)
    clean, evil = tmp_path / "clean", tmp_path / "evil"
    clean.write_bytes(bytes(3_000_000))
    evil.write_bytes(bytes(1000) + EVIL)

    assert [scanning.scan(clean), scanning.scan(evil)] == [Verdict.CLEAN, Verdict.INFECTED]
    override(settings, file_scanner=f"clamd:{tmp_path}/nobody")
    with pytest.raises(NoAnswer):
        scanning.scan(clean)
