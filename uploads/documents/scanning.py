"""Has the operator's virus scanner check complete files before they are served.

If the scanner does not answer, the check is repeated at growing intervals, however often clients request the
file. A thread runs while files wait for the scanner.
"""

import logging
import shlex
import socket
import struct
import subprocess
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.db import close_old_connections
from django.utils import timezone

from accounts import leases
from uploads.documents import parts
from uploads.documents.outcomes import refuse, store
from uploads.models import Document

logger = logging.getLogger(__name__)

# The time limit for scanning one file.
MAX_SCAN_SECONDS = 120.0
CONNECT_SECONDS = 5.0
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
# While a file is scanned, no other process scans it for this time.
CLAIM = timedelta(seconds=2 * MAX_SCAN_SECONDS)
_CHUNK = 64 * 1024
_CLAMD = "clamd:"
_MAX_ANSWER_BYTES = 4096

State = Document.State


class Verdict(Enum):
    CLEAN = "clean"
    INFECTED = "infected"


class NoAnswer(Exception):
    """The scanner gave no verdict on the file."""


def scan(path: Path) -> Verdict:
    """Return the scanner's verdict on the file. Raises NoAnswer."""
    scanner: str = settings.IM66.file_scanner
    try:
        if scanner.startswith(_CLAMD):
            return _scan_with_clamd(scanner.removeprefix(_CLAMD), path)
        return _run_command(scanner, path)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise NoAnswer(str(error)) from error


def _run_command(command: str, path: Path) -> Verdict:
    """Run a scanner with the exit statuses of clamscan: 0 is clean, 1 is infected."""
    done = subprocess.run(
        [*shlex.split(command), str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=MAX_SCAN_SECONDS,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise NoAnswer(f"it ended with {done.returncode}")
    return Verdict.INFECTED if done.returncode else Verdict.CLEAN


def _scan_with_clamd(address: str, path: Path) -> Verdict:
    with _connect(address) as clamd, path.open("rb") as file:
        clamd.settimeout(MAX_SCAN_SECONDS)
        clamd.sendall(b"zINSTREAM\0")
        while chunk := file.read(_CHUNK):
            clamd.sendall(struct.pack("!L", len(chunk)) + chunk)
        clamd.sendall(struct.pack("!L", 0))
        answer = _read_answer(clamd)
    if answer == "stream: OK":
        return Verdict.CLEAN
    if answer.endswith(" FOUND"):
        logger.warning("The scanner refuses a file: %s.", answer)
        return Verdict.INFECTED
    raise NoAnswer(answer or "clamd closed the connection")


def _connect(address: str) -> socket.socket:
    if address.startswith("/"):
        clamd = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        clamd.settimeout(CONNECT_SECONDS)
        try:
            clamd.connect(address)
        except OSError:
            clamd.close()
            raise
        return clamd
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS)


def _read_answer(clamd: socket.socket) -> str:
    answer = b""
    while (
        not answer.endswith(b"\0")
        and len(answer) < _MAX_ANSWER_BYTES
        and (chunk := clamd.recv(_MAX_ANSWER_BYTES))
    ):
        answer += chunk
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def retry_pause(tries: int) -> timedelta:
    """Return how long to wait after this number of tries without an answer."""
    doublings = min(tries - 1, 20)
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << doublings))


def scan_next() -> datetime | None:
    """Scan one file that is due. Return the time at which the next file is due, or None if no file waits."""
    waiting = Document.objects.filter(state=State.WAITING).order_by("due_at")
    document = waiting.first()
    if document is None:
        return None
    now = timezone.now()
    if document.due_at and document.due_at > now:
        return document.due_at
    if leases.take(waiting, document, due_at=now + CLAIM):
        _scan_document(document)
    return now


def _scan_document(document: Document) -> None:
    try:
        with parts.locked(document.pk):
            verdict = scan(parts.path_of(document.pk))
            (store if verdict is Verdict.CLEAN else refuse)(document)
    except parts.Gone:
        # The part is on another machine, or was removed. In the second case the row expires.
        _postpone(document, LONGEST_PAUSE)
    except parts.DocumentBusy:
        _postpone(document, FIRST_PAUSE)
    except NoAnswer as error:
        logger.error("The scanner of files does not answer: %s.", error)
        _postpone(document, retry_pause(document.tries + 1))


def _postpone(document: Document, pause: timedelta) -> None:
    Document.objects.filter(pk=document.pk, state=State.WAITING).update(
        due_at=timezone.now() + pause, tries=document.tries + 1
    )


class _ScannerThread:
    """A thread that runs while files wait for the scanner."""

    def __init__(self, scan_next: Callable[[], datetime | None]) -> None:
        self._scan_next = scan_next
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._is_running = False

    def wake(self) -> None:
        with self._lock:
            self._woken.set()
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name="im66-scanner", daemon=True).start()

    def _run(self) -> None:
        while (due := self._scan_one()) is not None:
            self._woken.wait(max(0.0, (due - timezone.now()).total_seconds()))

    def _scan_one(self) -> datetime | None:
        """Scan one file. Return when the next one is due, or None if no file is left and the thread ends."""
        with self._lock:
            self._woken.clear()
        try:
            due = self._scan_next()
        except (AnyDatabaseError, OSError) as error:
            logger.error("Files could not be scanned: %s", error)
            due = timezone.now() + FIRST_PAUSE
        finally:
            close_old_connections()
        with self._lock:
            self._is_running = due is not None or self._woken.is_set()
            return due or (timezone.now() if self._is_running else None)


_thread = _ScannerThread(scan_next)


def wake_scanner() -> None:
    """Start the scanner thread, or have it check for due files."""
    _thread.wake()
