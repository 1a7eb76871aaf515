"""Compares clocks."""

import time

# Tokens and bans need clocks that agree to seconds; IM66_TOKEN_LEEWAY_SECONDS tolerates ten by default.
MAX_SECONDS = 5.0


def drift(theirs: float, sent_at: float) -> float:
    """Return the difference of the clocks in seconds if it exceeds MAX_SECONDS, else 0. `theirs`: the time in
    an answer that has just arrived. `sent_at`: when it was requested."""
    ours = time.time()
    if sent_at - MAX_SECONDS <= theirs <= ours + MAX_SECONDS:
        return 0.0
    return abs(theirs - ours)
