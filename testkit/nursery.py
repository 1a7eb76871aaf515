"""Forks Python processes that have im66 and its libraries imported, because importing takes most of the
start.

Run as a program, this module is the parent process of the forks. It ends with the process that started it.
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
# The maximum size of a message on a socket.
_MESSAGE_BYTES = 32
_REQUEST = b"fork"
# Modules that im66 imports and that need no settings. Not daphne.server, which creates an event loop.
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
# Variables that take effect when the interpreter starts or a library is loaded. They need a new process.
_STARTUP_PREFIXES = ("PYTHON", "LD_", "MALLOC_")
# Coverage measures started processes, but not forked ones.
_COVERAGE_PREFIX = "COVERAGE_"


class ForkedProcess:
    """A forked process, with the interface of subprocess.Popen."""

    def __init__(self, args: Sequence[str], events: socket.socket) -> None:
        self.args = args
        self.returncode: int | None = None
        self._events = events
        self.pid = int(events.recv(_MESSAGE_BYTES))

    def poll(self) -> int | None:
        if self.returncode is None:
            with suppress(BlockingIOError):
                self._wait_for_end(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the exit status. Raises subprocess.TimeoutExpired."""
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
        self.returncode = int(self._events.recv(_MESSAGE_BYTES))
        self._events.close()


def can_fork(args: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Return whether `fork` can replace subprocess.Popen for this command and environment.

    The command must run one of the known programs, which read im66's settings first.
    """
    is_ours = args[0] == sys.executable and any(
        list(args[1:])[: len(program)] == program for program in _PROGRAMS
    )
    is_im66 = loaded.has_im66_settings(environment.get(loaded.SETTINGS_VARIABLE, loaded.SETTINGS))
    is_measured = any(name.startswith(_COVERAGE_PREFIX) for name in environment)
    return (
        is_ours
        and is_im66
        and not is_measured
        and _startup_variables(environment) == _startup_variables(os.environ)
    )


def _startup_variables(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_STARTUP_PREFIXES)}


def fork(args: Sequence[str], environment: Mapping[str, str], stdout: int, stderr: int) -> ForkedProcess:
    """Fork a process that runs `args` (python FILE …, or python -m MODULE …) in loaded.ROOT."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # The arguments are passed in a file, because they may exceed the size of a socket message.
    with theirs, TemporaryFile() as request:
        request.write(json.dumps([list(args), dict(environment)]).encode())
        request.seek(0)
        descriptors = [request.fileno(), stdout, stderr, theirs.fileno()]
        socket.send_fds(_nursery(), [_REQUEST], descriptors)
    return ForkedProcess(args, ours)


def run(
    args: Sequence[str], environment: Mapping[str, str], timeout: float
) -> "subprocess.CompletedProcess[str]":
    """Fork a process, wait for its end, and return its result. Raises subprocess.TimeoutExpired."""
    with TemporaryFile() as stdout, TemporaryFile() as stderr:
        process = fork(args, environment, stdout.fileno(), stderr.fileno())
        try:
            code = process.wait(timeout)
        except BaseException:
            process.kill()
            raise
        outputs = [_content(stdout), _content(stderr)]
    return subprocess.CompletedProcess(args, code, *outputs)


def _content(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@cache
def _nursery() -> socket.socket:
    """Start the parent process of the forks, and return the socket for requests."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", __spec__.name, str(theirs.fileno())]
        process = subprocess.Popen(command, cwd=loaded.ROOT, pass_fds=[theirs.fileno()])
    atexit.register(_stop_nursery, ours, process)
    return ours


def _stop_nursery(requests: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    requests.close()
    process.wait()


class _Program(NamedTuple):
    """What a forked process must run."""

    args: list[str]
    environment: dict[str, str]
    outputs: list[int]


class _Nursery:
    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._events: dict[int, socket.socket] = {}
        self._wakeup, waking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waking)

    def run(self) -> _Program | None:
        """Serve requests. Return a program in each forked process, and None in this process at its end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests, selectors.EVENT_READ)
            selector.register(self._wakeup, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is not self._requests:
                        self._report_ends()
                        continue
                    request_bytes, descriptors, *_ = socket.recv_fds(self._requests, _MESSAGE_BYTES, 4)
                    if not request_bytes:
                        return None
                    request, *outputs, events = descriptors
                    if not self._fork(events):
                        with open(request, "rb") as file:
                            args, environment = json.load(file)
                        return _Program(args, environment, outputs)
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
            os.read(self._wakeup, _MESSAGE_BYTES)
        with suppress(ChildProcessError):
            while any(ended := os.waitpid(-1, os.WNOHANG)):
                pid, status = ended
                with self._events.pop(pid) as events, suppress(BrokenPipeError):
                    events.send(str(os.waitstatus_to_exitcode(status)).encode())


def _run_forked(program: _Program) -> None:
    """Set up the forked process, run its program, and exit."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, descriptor in zip((_STDOUT, _STDERR), program.outputs, strict=True):
        os.dup2(descriptor, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(program.environment)
    loaded.read_settings()
    code: object = None
    try:
        _run_program(program.args)
    except SystemExit as ended:
        code = ended.code
    if code is None or isinstance(code, int):
        _exit_immediately(code or 0)
    sys.exit(code)  # type: ignore[arg-type]


def _run_program(args: list[str]) -> None:
    if args[1] == "-m":
        sys.argv = args[2:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = args[1:]
        runpy.run_path(sys.argv[0], run_name="__main__")


def _exit_immediately(code: int) -> None:
    """Exit like the interpreter, but without freeing objects, which would copy the memory shared by
    forking."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code & 0xFF)


def main() -> None:
    # The same threshold as in manage.py, set before the imports.
    gc.set_threshold(250_000)
    for name in LIBRARIES:
        importlib.import_module(name)
    loaded.load()
    # All present objects stay alive, so the forks' garbage collectors need not examine them.
    gc.freeze()
    if program := _Nursery(socket.socket(fileno=int(sys.argv[1]))).run():
        _run_forked(program)


if __name__ == "__main__":
    main()
