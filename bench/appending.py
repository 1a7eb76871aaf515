"""Measures the log's transactions without any socket: `python -m bench.appending ROWS SECONDS`.

Reports that it is ready, waits for a line, appends ROWS rows at a time for SECONDS, and prints the number of
transactions.
"""

import os
import sys
import time

import django

SENDER, READERS = "w", [f"r{number}" for number in range(100)]
CONTENT = "x" * 100


def append(rows: int, seconds: float) -> int:
    """Append for this time. Return the number of transactions."""
    from log import appending

    drafts = [
        appending.Draft("text", SENDER, READERS[number % len(READERS)], CONTENT, "") for number in range(rows)
    ]
    end, transactions = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        appending.append(drafts)
        transactions += 1
    return transactions


def main(rows: int, seconds: float) -> None:
    # These rows have no listeners, so no notification is sent.
    os.environ.pop("REDIS_URL", None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    django.setup()
    from accounts.services import ensure_users

    ensure_users([SENDER, *READERS])
    _print("ready")
    sys.stdin.readline()
    _print(str(append(rows, seconds)))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
