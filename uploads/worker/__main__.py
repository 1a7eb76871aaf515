"""`python -m uploads.worker DESCRIPTOR`: the fork server, which receives requests on that socket."""

import sys

from uploads.worker import child, fork_server

fork_server.main(int(sys.argv[1]), child.live)
