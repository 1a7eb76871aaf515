"""Calls that clients should stop making, and until when they still work: the headers `Deprecation` (RFC 9745)
and `Sunset` (RFC 8594), and `deprecated` in the OpenAPI document. docs/api.md says what is promised."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from django.utils.http import http_date

from accounts.api.paths import ROOT


class Deprecation(NamedTuple):
    """`since`: when it was announced. `sunset`: when the call may end, at least a year later. `instead`: what
    clients should do."""

    since: datetime
    sunset: datetime
    instead: str


# By the method and the path of the call.
DEPRECATIONS: dict[str, Deprecation] = {
    # A secret in an address gets into logs.
    "POST /hooks/{token}": Deprecation(
        datetime(2026, 11, 30, tzinfo=UTC),
        datetime(2027, 12, 31, tzinfo=UTC),
        "Post to /hooks/ with the secret as Bearer token.",
    ),
}


def deprecation_headers(route: str) -> dict[str, str]:
    """Return the headers, empty for a call that is not deprecated. `route`: the method and a Django
    pattern."""
    if (deprecation := DEPRECATIONS.get(_path_of(route))) is None:
        return {}
    return {
        "Deprecation": f"@{int(deprecation.since.timestamp())}",
        "Sunset": http_date(deprecation.sunset.timestamp()),
        "Link": f'<{ROOT}docs#deprecations>; rel="deprecation"',
    }


@lru_cache(maxsize=1024)
def _path_of(route: str) -> str:
    return re.sub(r"<\w+:(\w+)>", r"{\1}", route)
