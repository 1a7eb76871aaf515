"""The Range header (RFC 9110, section 14). Pure."""

import re
from typing import NamedTuple

_ONE_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})", re.IGNORECASE)


class Span(NamedTuple):
    """Bytes from `first` up to and with `last`."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class Unsatisfiable(Exception):
    """None of the bytes asked for exist."""


def parse(header: str, size: int) -> Span | None:
    """What `header` asks for of a file of `size` bytes; None: the whole file.

    That is also the answer to what cannot be understood, and to several ranges at once, which a server need
    not serve. Raises Unsatisfiable.
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
