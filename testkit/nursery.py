"""Processes of Python that begin with im66 and its libraries imported, which is most of what the start of one
takes.

Run as a program, it is the process that they are forked from. It belongs to the one that started it, and ends
with it.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from testkit import loaded

_STDOUT, _STDERR = 1, 2
# A word that is sent.
_WORD = 32
_REQUEST = b"fork"
# What im66 imports and what needs no settings. daphne.server is not among them: it makes an event loop.
LIBRARIES = (
    "ahocorasick_rs",
    "autobahn.twisted.websocket",
    "channels.layers",
    "channels.routing",
    "channels_redis.pubsub",
    "cryptography.x509",
    "csp.constants",
    "daphne.access",
    "daphne.endpoints",
    "daphne.utils",
    "django.contrib.admin",
    "django.contrib.admin.options",
    "django.contrib.auth.hashers",
    "django.contrib.auth.password_validation",
    "django.contrib.postgres.fields",
    "django.contrib.staticfiles.finders",
    "django.core.cache.backends.locmem",
    "django.core.handlers.asgi",
    "django.core.management.base",
    "django.core.management.commands.migrate",
    "django.core.management.commands.shell",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.autodetector",
    "django.db.migrations.executor",
    "django.forms",
    "django.template.backends.django",
    "django.test",
    "django.views.i18n",
    "django_stubs_ext",
    "environs",
    "jwt",
    "msgspec.json",
    "PIL.Image",
    "prometheus_client.asgi",
    "psycopg_pool",
    "pythonjsonlogger.json",
    "re2",
    "redis.asyncio",
    "requests",
    "rest_framework.negotiation",
    "rest_framework.request",
    "rest_framework.serializers",
    "servestatic.middleware",
    "twisted.internet.asyncioreactor",
    "twisted.internet.posixbase",
    "twisted.web.http",
    "uvicorn.main",
    "websockets.server",
    "yaml",
)
_MODULES = (
    "uvicorn",
    "daphne",
    "bench.desk",
    "bench.generate",
    "bench.lookalikes",
    "bench.plans",
    "bench.rules",
)
_PROGRAMS = (
    ["manage.py"],
    *(["-m", module] for module in _MODULES),
)
# They count when the interpreter starts or when a library is loaded, so they need a process of their own.
_BEFORE_PYTHON = ("PYTHON", "LD_", "MALLOC_")
# Measures every process that is started, and none that is forked.
_MEASURES = "COVERAGE_"


class ForkedProcess:
    """A process that was forked, as subprocess.Popen has one that was started."""

    def __init__(self, args: Sequence[str], events: socket.socket) -> None:
        self.args = args
        self.returncode: int | None = None
        self._events = events
        self.pid = int(events.recv(_WORD))

    def poll(self) -> int | None:
        if self.returncode is None:
            with suppress(BlockingIOError):
                self._wait_for_end(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            try:
                self._wait_for_end(timeout)
            except TimeoutError:
                assert timeout is not None
                raise subprocess.TimeoutExpired(self.args, timeout) from None
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _wait_for_end(self, timeout: float | None) -> None:
        self._events.settimeout(timeout)
        self.returncode = int(self._events.recv(_WORD))
        self._events.close()


def can_fork(args: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether what `fork` makes is what subprocess.Popen would start: a program that reads im66's settings
    first, as the user who it is from its beginning."""
    is_ours = args[0] == sys.executable and any(list(args[1:])[: len(one)] == one for one in _PROGRAMS)
    is_im66 = loaded.are_usual(environment.get(loaded.WHICH, loaded.SETTINGS))
    is_measured = any(name.startswith(_MEASURES) for name in environment)
    return (
        is_ours and is_im66 and not is_measured and _before_python(environment) == _before_python(os.environ)
    )


def _before_python(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_BEFORE_PYTHON)}


def fork(args: Sequence[str], environment: Mapping[str, str], stdout: int, stderr: int) -> ForkedProcess:
    """A process that does what `args` says (python FILE …, or python -m MODULE …), in loaded.ROOT."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # In a file, because arguments may be longer than what a socket takes at once.
    with theirs, TemporaryFile() as request:
        request.write(json.dumps([list(args), dict(environment)]).encode())
        request.seek(0)
        descriptors = [request.fileno(), stdout, stderr, theirs.fileno()]
        socket.send_fds(_nursery(), [_REQUEST], descriptors)
    return ForkedProcess(args, ours)


def run(
    args: Sequence[str], environment: Mapping[str, str], timeout: float
) -> "subprocess.CompletedProcess[str]":
    """What became of the process, and what it said. Raises subprocess.TimeoutExpired, as subprocess.run
    does."""
    with TemporaryFile() as printed, TemporaryFile() as complained:
        process = fork(args, environment, printed.fileno(), complained.fileno())
        try:
            code = process.wait(timeout)
        except BaseException:
            process.kill()
            raise
        outputs = [_content(printed), _content(complained)]
    return subprocess.CompletedProcess(args, code, *outputs)


def _content(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@cache
def _nursery() -> socket.socket:
    """How it is asked."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", __spec__.name, str(theirs.fileno())]
        process = subprocess.Popen(command, cwd=loaded.ROOT, pass_fds=[theirs.fileno()])
    atexit.register(_end, ours, process)
    return ours


def _end(requests: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    requests.close()
    process.wait()


class _Born(NamedTuple):
    """What a process is to do, in the process itself."""

    args: list[str]
    environment: dict[str, str]
    outputs: list[int]


class _Nursery:
    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._events: dict[int, socket.socket] = {}
        self._woken, waking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waking)

    def run(self) -> _Born | None:
        """Fork as it is asked to. Returns in each process that was forked; and nothing, in this one, once
        nobody asks any more."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is not self._requests:
                        self._report_ends()
                        continue
                    request_bytes, descriptors, *_ = socket.recv_fds(self._requests, _WORD, 4)
                    if not request_bytes:
                        return None
                    request, *outputs, events = descriptors
                    if not self._fork(events):
                        with open(request, "rb") as file:
                            args, environment = json.load(file)
                        return _Born(args, environment, outputs)
                    for descriptor in (request, *outputs):
                        os.close(descriptor)

    def _fork(self, events: int) -> int:
        pid = os.fork()
        if pid:
            self._events[pid] = socket.socket(fileno=events)
            self._events[pid].send(str(pid).encode())
        return pid

    def _report_ends(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._woken, _WORD)
        with suppress(ChildProcessError):
            while any(ended := os.waitpid(-1, os.WNOHANG)):
                pid, status = ended
                with self._events.pop(pid) as events, suppress(BrokenPipeError):
                    events.send(str(os.waitstatus_to_exitcode(status)).encode())


def _live(born: _Born) -> None:
    """Be the process that was asked for."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, descriptor in zip((_STDOUT, _STDERR), born.outputs, strict=True):
        os.dup2(descriptor, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(born.environment)
    loaded.read_settings()
    code: object = None
    try:
        _run_program(born.args)
    except SystemExit as ended:
        code = ended.code
    if code is None or isinstance(code, int):
        _end_at_once(code or 0)
    sys.exit(code)  # type: ignore[arg-type]


def _run_program(args: list[str]) -> None:
    if args[1] == "-m":
        sys.argv = args[2:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = args[1:]
        runpy.run_path(sys.argv[0], run_name="__main__")


def _end_at_once(code: int) -> None:
    """As the interpreter ends, without giving back each of its objects: that copies the memory which the
    process shares with the one that it was forked from."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code & 0xFF)


def main() -> None:
    # As manage.py does, whose line does not run before there is something to collect.
    gc.set_threshold(250_000)
    for name in LIBRARIES:
        importlib.import_module(name)
    loaded.load()
    # What is here stays, so no process needs to search it for what could go.
    gc.freeze()
    if born := _Nursery(socket.socket(fileno=int(sys.argv[1]))).run():
        _live(born)


if __name__ == "__main__":
    main()
