"""Messages to the service manager, as sd_notify(3) describes them. Without one, nothing is sent."""

import os
import socket
import time
from contextlib import suppress

# While a manager reads nothing, the processes must still be watched.
MAX_WAIT_SECONDS = 0.2
# The processes do not speak to it.
VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


def notify(*lines: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending, suppress(OSError):
        sending.settimeout(MAX_WAIT_SECONDS)
        sending.connect("\0" + address[1:] if address.startswith("@") else address)
        sending.send("\n".join(lines).encode())


def notify_reloading() -> None:
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def watchdog_seconds() -> float:
    """How often it wants to be told that all is well; 0 if never."""
    return int(os.environ.get("WATCHDOG_USEC") or 0) / 2e6
