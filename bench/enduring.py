"""Plays a day of a shipped app in ten minutes: `python -m bench.enduring`.

A phone has six sockets and receives messages. Its connections break, the server restarts, its user is banned
for a while, and the server is killed. For each of two round-trip times, the script prints the number of
sockets and the messages that the user saw.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from testkit.enduring import EVENTS, Endurance, EnduranceOutcome
from testkit.phone_apps import Android17, IPhone
from testkit.server import Server

APPS = {"android": Android17, "ios": IPhone}
SOCKETS = 6
ROUND_TRIPS = [0.02, 0.25]


def _play(server: Server, app: str, round_trip: float, minutes: float) -> EnduranceOutcome:
    pause = 60 * minutes / (EVENTS + 1)
    endurance = Endurance(server, APPS[app], SOCKETS, round_trip=round_trip, pause=pause, every=0.25)
    return asyncio.run(endurance.play())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--app", choices=APPS, default="android")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--root", type=Path, help="the code that is served; by default this")
    chosen = parser.parse_args()
    for round_trip in ROUND_TRIPS:
        with tempfile.TemporaryDirectory() as folder:
            server = Server(Path(folder), IM66_CLIENTS="shipped")
            server.root = chosen.root or server.root
            with server:
                outcome = _play(server, chosen.app, round_trip, chosen.minutes)
        sys.stdout.write(f"{round_trip * 1000:g} ms: {outcome}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
