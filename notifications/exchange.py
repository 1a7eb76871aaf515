"""A request, and what is answered to it."""

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings


class OutgoingRequest(NamedTuple):
    """`is_public_only`: a person has named the URL, so it never leads inside, whatever webhooks may.
    `account`: whose access token it needs. `hidden`: what must not be told of it. `is_http2`: it goes over
    HTTP/2, beside others to that host."""

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
    """`retry_after`: what the header of this name says, in seconds, 0 if nothing. `body`: what of it was
    read."""

    status: int
    retry_after: int = 0
    body: bytes = b""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


def retry_after(header: str) -> int:
    return int(header[:6]) if header.isdecimal() and header.isascii() else 0
