"""Asks the operator's scanner about files, before anybody gets them.

A file is asked about when it is complete. If the scanner does not answer, it is asked again later, at longer
and longer intervals, however often people ask for the file. A thread does it, while files wait.
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
from uploads.documents.outcomes import keep, refuse
from uploads.models import Document

logger = logging.getLogger(__name__)

# For one file, by a scanner that answers.
SECONDS = 120.0
CONNECT_SECONDS = 5.0
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
# A file is scanned once at a time.
CLAIM = timedelta(seconds=2 * SECONDS)
_CHUNK = 64 * 1024
_CLAMD = "clamd:"
_MAX_ANSWER = 4096

State = Document.State


class Verdict(Enum):
    CLEAN = "clean"
    INFECTED = "infected"


class NoAnswer(Exception):
    """The scanner did not say what it thinks of the file."""


def scan(path: Path) -> Verdict:
    """What the scanner says of the file. Raises NoAnswer."""
    scanner: str = settings.IM66.file_scanner
    try:
        if scanner.startswith(_CLAMD):
            return _ask_clamd(scanner.removeprefix(_CLAMD), path)
        return _run(scanner, path)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise NoAnswer(str(error)) from error


def _run(command: str, path: Path) -> Verdict:
    """As clamscan: 0 is clean, 1 is infected."""
    done = subprocess.run(
        [*shlex.split(command), str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise NoAnswer(f"it ended with {done.returncode}")
    return Verdict.INFECTED if done.returncode else Verdict.CLEAN


def _ask_clamd(where: str, path: Path) -> Verdict:
    with _connected(where) as clamd, path.open("rb") as file:
        clamd.settimeout(SECONDS)
        clamd.sendall(b"zINSTREAM\0")
        while chunk := file.read(_CHUNK):
            clamd.sendall(struct.pack("!L", len(chunk)) + chunk)
        clamd.sendall(struct.pack("!L", 0))
        answer = _answer(clamd)
    if answer == "stream: OK":
        return Verdict.CLEAN
    if answer.endswith(" FOUND"):
        logger.warning("The scanner refuses a file: %s.", answer)
        return Verdict.INFECTED
    raise NoAnswer(answer or "clamd closed the connection")


def _connected(where: str) -> socket.socket:
    if where.startswith("/"):
        clamd = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        clamd.settimeout(CONNECT_SECONDS)
        try:
            clamd.connect(where)
        except OSError:
            clamd.close()
            raise
        return clamd
    host, _, port = where.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS)


def _answer(clamd: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _MAX_ANSWER and (more := clamd.recv(_MAX_ANSWER)):
        answer += more
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def next_try(tries: int) -> timedelta:
    """How long to wait after so many times without an answer."""
    doublings = min(tries - 1, 20)
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << doublings))


def look_once() -> datetime | None:
    """Ask about one file whose time has come. Returns when there is more to do; None if no file waits."""
    waiting = Document.objects.filter(state=State.WAITING).order_by("due_at")
    document = waiting.first()
    if document is None:
        return None
    now = timezone.now()
    if document.due_at and document.due_at > now:
        return document.due_at
    if leases.take(waiting, document, due_at=now + CLAIM):
        _judge(document)
    return now


def _judge(document: Document) -> None:
    try:
        with parts.locked(document.pk):
            verdict = scan(parts.path_of(document.pk))
            (keep if verdict is Verdict.CLEAN else refuse)(document)
    except parts.Gone:
        # It is on another machine, or was removed: then it expires.
        _put_off(document, LONGEST_PAUSE)
    except parts.DocumentBusy:
        _put_off(document, FIRST_PAUSE)
    except NoAnswer as error:
        logger.error("The scanner of files does not answer: %s.", error)
        _put_off(document, next_try(document.tries + 1))


def _put_off(document: Document, pause: timedelta) -> None:
    Document.objects.filter(pk=document.pk, state=State.WAITING).update(
        due_at=timezone.now() + pause, tries=document.tries + 1
    )


class _Thread:
    """Runs while files wait."""

    def __init__(self, look: Callable[[], datetime | None]) -> None:
        self._look = look
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
        while (due := self._next_due()) is not None:
            self._woken.wait(max(0.0, (due - timezone.now()).total_seconds()))

    def _next_due(self) -> datetime | None:
        """After one more file was looked at. None: nothing is left, and the thread ends."""
        with self._lock:
            self._woken.clear()
        try:
            due = self._look()
        except (AnyDatabaseError, OSError) as error:
            logger.error("Files could not be scanned: %s", error)
            due = timezone.now() + FIRST_PAUSE
        finally:
            close_old_connections()
        with self._lock:
            self._is_running = due is not None or self._woken.is_set()
            return due or (timezone.now() if self._is_running else None)


_thread = _Thread(look_once)


def wake() -> None:
    """There may be something to ask about."""
    _thread.wake()
