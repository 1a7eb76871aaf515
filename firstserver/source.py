"""Reads the first server's Redis in pages, many keys in one round trip. It writes nothing there."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis import Redis, RedisError, ResponseError
from redis.connection import parse_url

from firstserver.errors import CannotImport
from firstserver.models import SOURCE_LENGTH

ANSWER_SECONDS = 30.0
KEYS = 1000
# Others would change what answers look like.
_OPTIONS = {
    "db",
    "ssl_ca_certs",
    "ssl_ca_path",
    "ssl_cert_reqs",
    "ssl_certfile",
    "ssl_check_hostname",
    "ssl_keyfile",
}


# All the same machine: this one.
_HERE = {"localhost", "127.0.0.1", "::1"}


def place_of(url: str) -> str:
    """Which Redis and which of its databases the URL means, without user and password. Raises
    CannotImport."""
    try:
        _check_options(url)
        found = parse_url(url)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise _unreadable(error) from error
    host = found.get("host", "localhost").lower()
    server = found.get("path") or f"{'localhost' if host in _HERE else host}:{found.get('port', 6379)}"
    return f"{server}/{found.get('db', 0)}"[-SOURCE_LENGTH:]


@contextmanager
def opened(url: str) -> Iterator["Source"]:
    """The Redis at `url`. Raises CannotImport if it cannot be reached, or fails within the block."""
    try:
        _check_options(url)
        # Every Redis speaks this version of its protocol.
        with Redis.from_url(url, socket_timeout=ANSWER_SECONDS, protocol=2) as client:
            client.ping()
            yield Source(client)
    except (RedisError, OSError, ValueError, TypeError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> CannotImport:
    reason = str(error).partition("\n")[0].rstrip(".")
    return CannotImport(f"The first server's Redis cannot be read: {reason}.")


def _check_options(url: str) -> None:
    if unknown := sorted(parse_qs(urlsplit(url).query).keys() - _OPTIONS):
        raise ValueError(f"its URL may not have the option {unknown[0]}")


# Nobody knows how large the next values are: MEMORY USAGE looks at only a few of them, and came with Redis 4.
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


class Source:
    """All methods raise RedisError."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._hashes, self._sets, self._lists = PageSize(), PageSize(), PageSize()

    def size(self) -> int:
        """About how many keys there are."""
        return int(self._client.dbsize())

    def others(self) -> list[str]:
        """The addresses of the other clients of this database; none if Redis does not tell."""
        name = f"importfirstserver-{token_hex(8)}"
        try:
            # CLIENT ID came only with Redis 5.
            self._client.client_setname(name)
            clients = self._client.client_list()
        except ResponseError:
            return []
        database = next((client["db"] for client in clients if client["name"] == name), None)
        return [client["addr"] for client in clients if client["name"] != name and client["db"] == database]

    def number(self, key: bytes) -> str:
        """The text of a number, empty if there is none."""
        try:
            return (self._client.get(key) or b"").decode("ascii", "replace")
        except ResponseError:
            return ""

    def keys(self) -> Iterator[dict[bytes, bytes]]:
        """Pages of keys with their types. A key can come twice."""
        cursor = 0
        while True:
            cursor, names = self._client.scan(cursor, count=KEYS)
            types = self._pipe(("TYPE", name) for name in names)
            yield dict(zip(names, types, strict=True))
            if cursor == 0:
                return

    def fields(self, keys: Sequence[bytes], names: Sequence[str]) -> Iterator[list[bytes | None]]:
        """These fields of each hash."""
        for page in whole(((key, 1) for key in keys), self._hashes):
            found = self._pipe(("HMGET", key, *names) for key in page)
            self._hashes.weighed(len(page), _weight(found))
            yield from found

    def members(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, list[bytes]]]:
        """The members of each set, in pages. A member can come twice."""
        counts = self._pipe(("SCARD", key) for key in keys)
        for page in whole(zip(keys, counts, strict=True), self._sets):
            yield from self._scan([(key, 0) for key in page])

    def _scan(self, waiting: list[tuple[bytes, int]]) -> Iterator[tuple[bytes, list[bytes]]]:
        """Sets, each with the cursor at which it goes on."""
        while waiting:
            count = self._sets.values
            found = self._pipe(("SSCAN", key, cursor, "COUNT", count) for key, cursor in waiting)
            pages = [members for _, members in found]
            self._sets.weighed(sum(map(len, pages)), _weight(pages))
            yield from zip((key for key, _ in waiting), pages, strict=True)
            ends = zip(waiting, found, strict=True)
            waiting = [(key, int(cursor)) for (key, _), (cursor, _) in ends if int(cursor)]

    def elements(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, int, list[bytes]]]:
        """The elements of each list, in pages: the key, the place of the first element in the list, and the
        elements."""
        lengths = self._pipe(("LLEN", key) for key in keys)
        for page in split(zip(keys, lengths, strict=True), self._lists):
            found = self._pipe(("LRANGE", key, start, start + count - 1) for key, start, count in page)
            self._lists.weighed(sum(map(len, found)), _weight(found))
            for (key, start, _), elements in zip(page, found, strict=True):
                yield key, start, elements

    def _pipe(self, commands: Iterator[tuple[Any, ...]]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        found: list[Any] = pipeline.execute()
        return found


def _weight(values: list[list[bytes | None]]) -> int:
    """The bytes of an answer."""
    return sum(len(value or b"") for page in values for value in page)
