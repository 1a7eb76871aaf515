"""The fork server: a process with the libraries loaded, which forks a child process for each file.

A child starts as a copy of the fork server, and loads nothing. The fork server never opens a file, so no data
of one file can reach the next. It ends with the process that started it, or when it has been idle.
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

# A request for a child is one byte, the niceness to add, with two sockets. The first socket is the child's
# input and output. On the second, the fork server reports STARTED, and then the exit status as in
# `subprocess`. If the client shuts the second socket down, the child is killed.
REQUEST_BYTES, DESCRIPTORS = 1, 2
STARTED = b"+"
STATUS_BYTES = 8
# The fork server exits after this idle time, because it holds memory.
IDLE_SECONDS = 300.0
_PR_SET_PDEATHSIG = 1


def main(descriptor: int, live: Callable[[], None]) -> None:
    """Fork children for the process at the other end of the socket. Each child calls `live`."""
    shield()
    # This process ends with its client. Signals to all processes of a terminal or a service must not end it
    # earlier.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # All present objects stay alive. Freezing them keeps the children's garbage collectors from writing to
    # the shared pages.
    gc.collect()
    gc.freeze()
    if _ForkServer(socket.socket(fileno=descriptor)).run():
        live()


class _ForkServer:
    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        # The sockets on which the ends of running children are reported, by pid.
        self._events: dict[int, socket.socket] = {}
        self._wakeup, waking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waking)
        self._selector = selectors.DefaultSelector()
        self._selector.register(requests, selectors.EVENT_READ)
        self._selector.register(self._wakeup, selectors.EVENT_READ, self._report_ends)

    def run(self) -> bool:
        """Serve requests. Return True in each child, and False in this process when it is to exit."""
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
                if self._fork(request[0], *descriptors):
                    return True

    def _fork(self, niceness: int, channel: int, events: int) -> bool:
        """Fork, and return whether this is the child. If the fork fails, close the sockets."""
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            os.close(channel)
            os.close(events)
            return False
        if not pid:
            _become_child(parent, channel, niceness)
            return True
        os.close(channel)
        self._events[pid] = socket.socket(fileno=events)
        self._selector.register(self._events[pid], selectors.EVENT_READ, lambda: self._kill(pid))
        self._report(self._events[pid], STARTED)
        return False

    def _kill(self, pid: int) -> None:
        if events := self._events.get(pid):  # it may have ended at the same time
            self._selector.unregister(events)
            os.kill(pid, signal.SIGKILL)

    def _report_ends(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._wakeup, 64)
        with suppress(ChildProcessError):
            while any(ended := os.waitpid(-1, os.WNOHANG)):
                pid, status = ended
                with self._events.pop(pid) as events:
                    with suppress(KeyError):  # it was killed
                        self._selector.unregister(events)
                    self._report(events, str(os.waitstatus_to_exitcode(status)).encode())

    def _report(self, events: socket.socket, event: bytes) -> None:
        with suppress(OSError):  # the client has closed it
            events.send(event)


def _become_child(parent: int, channel: int, niceness: int) -> None:
    """Use `channel` as input and output, close the fork server's other files, and end with the fork
    server."""
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
