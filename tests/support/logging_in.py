"""Users who repeatedly log in, wait for the first frame and disconnect, in a separate process.

It prints `begun` once each of them has been logged in. Usage: python -m tests.support.logging_in URL USERID…
"""

import os
import sys
from threading import Barrier, Event, Thread

from testkit.raw import RawSocket

SECONDS = 60.0
# A low priority, so that it takes no processor time from the server.
NICENESS = 10


def _come_and_go(url: str, userid: str, in_once: Barrier) -> None:
    _come(url, userid)
    in_once.wait(SECONDS)
    while True:
        _come(url, userid)


def _come(url: str, userid: str) -> None:
    # It answers no ping, so that nothing counts as delivered.
    with RawSocket(url) as socket:
        socket.log_in(userid)
        assert socket.socket.recv(1)


def main(url: str, *userids: str) -> None:
    os.nice(NICENESS)
    in_once = Barrier(len(userids) + 1)
    for userid in userids:
        Thread(target=_come_and_go, args=[url, userid, in_once], daemon=True).start()
    in_once.wait(SECONDS)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
