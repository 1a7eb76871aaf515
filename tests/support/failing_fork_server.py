"""`python -m tests.support.failing_fork_server DESCRIPTOR`: a fork server whose fork sometimes fails."""

import errno
import os
import sys
from itertools import chain, repeat

from uploads.worker import child, fork_server

_fork = os.fork
_works = chain([True, False, False, True], repeat(False))


def fork() -> int:
    if next(_works):
        return _fork()
    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


os.fork = fork
fork_server.main(int(sys.argv[1]), child.live)
