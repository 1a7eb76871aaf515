"""What an attack is answered. One that is refused what it stands on would attack nothing, so it ends."""

from bench.members import BenchMember

_STORED = b'"code":0'
# Of a file that cannot be taken, whenever it comes.
_REFUSED = b'"code":3'


class Unexpected(Exception):
    """The server answered something else. The text holds the answer."""


def expect_stored(reply: bytes) -> None:
    """Raises Unexpected unless the upload was taken."""
    _expect(_STORED, reply)


def expect_refused(reply: bytes) -> None:
    """Raises Unexpected unless the uploaded file was refused for what it is."""
    _expect(_REFUSED, reply)


def expect_no_complaint(member: BenchMember) -> None:
    """Raises Unexpected if something that the member sent was refused."""
    if member.meter.complaints:
        raise Unexpected(dict(member.meter.complaints))


def _expect(code: bytes, reply: bytes) -> None:
    body = reply.rpartition(b"\r\n\r\n")[2]
    if code not in body:
        raise Unexpected(body[:200].decode(errors="replace"))
