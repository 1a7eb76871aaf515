"""Messages to the service manager, as sd_notify(3) describes them. Without one, nothing is sent."""

import os
import socket
import time
from contextlib import suppress

# Short, because the processes must be watched even if the manager reads nothing.
MAX_WAIT_SECONDS = 0.2
# The variables for the supervisor alone: its processes do not send messages to the manager.
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
    """Return how often the manager expects a sign of life; 0 if it expects none."""
    return int(os.environ.get("WATCHDOG_USEC") or 0) / 2e6
