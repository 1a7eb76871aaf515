"""Outgoing requests and their responses."""

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings


class OutgoingRequest(NamedTuple):
    """`is_public_only`: a person chose the URL, so its address must be public even if IM66_WEBHOOK_PRIVATE is
    set. `account`: the app whose access token is needed. `hidden`: a secret that must not appear in stored
    errors. `is_http2`: sent over HTTP/2, on a connection shared with other requests to the host."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    is_public_only: bool = False
    account: str = ""
    hidden: str = ""
    is_http2: bool = False

    @property
    def may_be_private(self) -> bool:
        return bool(settings.IM66.webhook_private) and not self.is_public_only


class EndpointAnswer(NamedTuple):
    """`retry_after`: the seconds of the Retry-After header, 0 without one. `body`: the part that was read."""

    status: int
    retry_after: int = 0
    body: bytes = b""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


def retry_after(header: str) -> int:
    """Parse a Retry-After header. Return its seconds, or 0 if it is not a number."""
    return int(header[:6]) if header.isdecimal() and header.isascii() else 0
