"""The fork server: a process with the libraries loaded, which forks a child process for each file.

A child begins as a copy of it, and loads nothing. It has seen no file itself, so nothing of one file reaches
the next. It belongs to the process that started it, and ends with it, or after a while without files.
"""

import gc
import os
import resource
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from uploads.worker.confinement.kernel import prctl
from uploads.worker.confinement.layers import shield

# What asks for a child: a byte, by how much lower its priority is; with it two sockets. One is the child's
# input and output. On the other the fork server tells of the child: BORN first, then its exit status, as
# subprocess has it. If that one is shut down, the child is killed.
REQUEST_BYTES, DESCRIPTORS = 1, 2
BORN = b"+"
STATUS_BYTES = 8
# It ends if it is not asked for so long, because it holds memory.
IDLE_SECONDS = 300.0
_PR_SET_PDEATHSIG = 1


def main(descriptor: int, live: Callable[[], None]) -> None:
    """Serve the process at the other end of the socket. Each child does what `live` does, for which all is
    imported."""
    shield()
    # This process ends with the process that asks. A signal to all processes of a terminal or a service is
    # not for this one.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # What is here stays, so no child needs to search it for what could go, and write to it by that.
    gc.collect()
    gc.freeze()
    if _ForkServer(socket.socket(fileno=descriptor)).run():
        live()


class _ForkServer:
    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        # The sockets on which the ends of living children are reported, by pid.
        self._events: dict[int, socket.socket] = {}
        self._woken, waking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waking)
        self._selector = selectors.DefaultSelector()
        self._selector.register(requests, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ, self._report_ends)

    def run(self) -> bool:
        """Fork as it is asked to. Returns True in each child, and False in this process once nobody asks."""
        while True:
            ready = self._selector.select(IDLE_SECONDS)
            if not ready and not self._events:
                return False
            for key, _ in ready:
                if key.fileobj is not self._requests:
                    key.data()
                    continue
                request, descriptors, _, _ = socket.recv_fds(self._requests, REQUEST_BYTES, DESCRIPTORS)
                if not request:
                    return False
                if self._is_child(request[0], *descriptors):
                    return True

    def _is_child(self, niceness: int, channel: int, events: int) -> bool:
        """Fork, if there is room for a process."""
        mine = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            os.close(channel)
            os.close(events)
            return False
        if not pid:
            _become_child(mine, channel, niceness)
            return True
        os.close(channel)
        self._events[pid] = socket.socket(fileno=events)
        self._selector.register(self._events[pid], selectors.EVENT_READ, lambda: self._kill(pid))
        self._say(self._events[pid], BORN)
        return False

    def _kill(self, pid: int) -> None:
        if events := self._events.get(pid):  # it may have ended in the same moment
            self._selector.unregister(events)
            os.kill(pid, signal.SIGKILL)

    def _report_ends(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._woken, 64)
        with suppress(ChildProcessError):
            while any(ended := os.waitpid(-1, os.WNOHANG)):
                pid, status = ended
                with self._events.pop(pid) as events:
                    with suppress(KeyError):  # it was killed
                        self._selector.unregister(events)
                    self._say(events, str(os.waitstatus_to_exitcode(status)).encode())

    def _say(self, events: socket.socket, what: bytes) -> None:
        with suppress(OSError):  # nobody listens any more
            events.send(what)


def _become_child(parent: int, channel: int, niceness: int) -> None:
    """Have input and output there, and nothing else of the fork server; and end with it."""
    if sys.platform == "linux":
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it has ended already
        os._exit(1)
    os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + niceness)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(channel, 0)
    os.dup2(channel, 1)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
