"""The headers `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-12). Pure."""

import math
from collections.abc import Iterable

from accounts.limits.limits import LimitState

# What the draft calls the unit of limits that do not count requests or what they make.
_UNITS = dict.fromkeys(("bytes", "upload_bytes", "file_bytes"), ';qu="content-bytes"')


def rate_limit_headers(states: Iterable[LimitState]) -> dict[str, str]:
    """Empty if the call counts towards no limit."""
    if not (listed := list(states)):
        return {}
    return {"RateLimit-Policy": ", ".join(map(_policy, listed)), "RateLimit": ", ".join(map(_left, listed))}


def _policy(state: LimitState) -> str:
    return f'"{state.name}";q={state.rate.burst}{_UNITS.get(state.name, "")};w={state.rate.seconds}'


def _left(state: LimitState) -> str:
    """A whole limit does not become more, so it names no time."""
    seconds = f";t={math.ceil(state.seconds)}" if state.seconds else ""
    return f'"{state.name}";r={min(state.left, state.rate.burst)}{seconds}'
