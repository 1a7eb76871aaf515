"""The Range header (RFC 9110, section 14). Pure."""

import re
from typing import NamedTuple

_ONE_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})", re.IGNORECASE)


class Span(NamedTuple):
    """The bytes from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class Unsatisfiable(Exception):
    """None of the requested bytes exist."""


def parse(header: str, size: int) -> Span | None:
    """The part that `header` requests of a file of `size` bytes; None means the whole file.

    None is also the answer to a header that cannot be understood, and to several ranges at once, which a
    server need not support. Raises Unsatisfiable.
    """
    match = _ONE_RANGE.fullmatch(header.strip())
    if match is None or not (match["first"] or match["last"]):
        return None
    if match["first"]:
        first = int(match["first"])
        last = int(match["last"]) if match["last"] else size - 1
        if match["last"] and last < first:
            return None
    else:
        first, last = max(0, size - int(match["last"])), size - 1
    if first >= size:
        raise Unsatisfiable
    return Span(first, min(last, size - 1))
