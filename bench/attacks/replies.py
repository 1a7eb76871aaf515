"""Checks the replies to an attack. If a request that the attack depends on is refused, the attack ends."""

from bench.members import BenchMember

_STORED = b'"code":0'
# The code for a file that is never accepted.
_REFUSED = b'"code":3'


class Unexpected(Exception):
    """The server's reply was not the expected one. The text holds the reply."""


def expect_stored(reply: bytes) -> None:
    """Raises Unexpected unless the upload was accepted."""
    _expect(_STORED, reply)


def expect_refused(reply: bytes) -> None:
    """Raises Unexpected unless the file was refused for its content."""
    _expect(_REFUSED, reply)


def expect_no_complaint(member: BenchMember) -> None:
    """Raises Unexpected if a message of the member was refused."""
    if member.meter.complaints:
        raise Unexpected(dict(member.meter.complaints))


def _expect(code: bytes, reply: bytes) -> None:
    body = reply.rpartition(b"\r\n\r\n")[2]
    if code not in body:
        raise Unexpected(body[:200].decode(errors="replace"))
