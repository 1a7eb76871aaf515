"""`python -m tests.support.brief_fork_server DESCRIPTOR`: a fork server with a very short idle time."""

import sys

from uploads.worker import child, fork_server

fork_server.IDLE_SECONDS = 0.1
fork_server.main(int(sys.argv[1]), child.live)
