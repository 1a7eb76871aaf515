"""How much is asked for at once. Pure.

Nobody knows how large the next values are: MEMORY USAGE looks at only a few of them, and came with Redis 4.
"""

from collections.abc import Iterable, Iterator

PAGE_BYTES = 1024 * 1024
# A page of values that are suddenly large must fit into memory too.
MAX_PAGE_VALUES = 64
_FIRST_VALUES = 8


class PageSize:
    """`values` is the number of values in the next page. It grows only while pages are light, and at most
    doubles."""

    def __init__(self) -> None:
        self.values = _FIRST_VALUES

    def weighed(self, values: int, size: int) -> None:
        """The last page had so many values, and so many bytes."""
        fitting = PAGE_BYTES * values // max(1, size)
        self.values = max(1, min(fitting, 2 * self.values, MAX_PAGE_VALUES))


def whole(keys: Iterable[tuple[bytes, int]], size: PageSize) -> Iterator[list[bytes]]:
    """Pages of keys, each of which has so many values. A key with more than a page's is alone."""
    page: list[bytes] = []
    room = size.values
    for key, count in keys:
        if page and count > room:
            yield page
            page, room = [], size.values
        page.append(key)
        room -= count
    if page:
        yield page


def split(keys: Iterable[tuple[bytes, int]], size: PageSize) -> Iterator[list[tuple[bytes, int, int]]]:
    """Pages of ranges, of keys with so many values: the key, the place of the first value, and how many."""
    page: list[tuple[bytes, int, int]] = []
    room = size.values
    for key, total in keys:
        start = 0
        while start < total:
            count = min(room, total - start)
            page.append((key, start, count))
            start, room = start + count, room - count
            if not room:
                yield page
                page, room = [], size.values
    if page:
        yield page
