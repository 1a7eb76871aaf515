"""Compares clocks."""

import time

# Tokens and bans are compared to the second; IM66_TOKEN_LEEWAY_SECONDS forgives ten.
MAX_SECONDS = 5.0


def drift(theirs: float, sent_at: float) -> float:
    """By how many seconds their clock differs, if that is too much; else 0. They were asked at `sent_at`, and
    have answered just now."""
    ours = time.time()
    if sent_at - MAX_SECONDS <= theirs <= ours + MAX_SECONDS:
        return 0.0
    return abs(theirs - ours)
