"""Reads the first server's Redis in pages, many keys in one round trip. It does not write to it."""

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
KEYS_PER_PAGE = 1000
# The allowed options of the URL. Others would change the form of replies.
_OPTIONS = {
    "db",
    "ssl_ca_certs",
    "ssl_ca_path",
    "ssl_cert_reqs",
    "ssl_certfile",
    "ssl_check_hostname",
    "ssl_keyfile",
}


# Names of this machine.
_LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


def database_address(url: str) -> str:
    """Return the server and the database of the URL, without user and password. Raises CannotImport."""
    try:
        _check_options(url)
        options = parse_url(url)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise _unreadable(error) from error
    host = options.get("host", "localhost").lower()
    host = "localhost" if host in _LOCAL_HOSTS else host
    server = options.get("path") or f"{host}:{options.get('port', 6379)}"
    return f"{server}/{options.get('db', 0)}"[-SOURCE_LENGTH:]


@contextmanager
def open_source(url: str) -> Iterator["Source"]:
    """Connect to the Redis at `url`. Raises CannotImport if it cannot be reached, or fails within the
    block."""
    try:
        _check_options(url)
        # All versions of Redis support version 2 of the protocol.
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


# The sizes of the next values are unknown: MEMORY USAGE samples only a few, and is missing before Redis 4.
PAGE_BYTES = 1024 * 1024
# Even a page of unexpectedly large values must fit into memory.
MAX_PAGE_VALUES = 64
_FIRST_VALUES = 8


class PageSize:
    """`values` is the number of values in the next page. It grows only while pages are small, and at most
    doubles."""

    def __init__(self) -> None:
        self.values = _FIRST_VALUES

    def adapt(self, values: int, size: int) -> None:
        """Adapt the next page to the numbers of values and of bytes in the last one."""
        fitting = PAGE_BYTES * values // max(1, size)
        self.values = max(1, min(fitting, 2 * self.values, MAX_PAGE_VALUES))


def pages_of_keys(keys: Iterable[tuple[bytes, int]], size: PageSize) -> Iterator[list[bytes]]:
    """Yield pages of keys. `keys`: each key with its number of values. A key with more values than a page is
    alone."""
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


def pages_of_ranges(
    keys: Iterable[tuple[bytes, int]], size: PageSize
) -> Iterator[list[tuple[bytes, int, int]]]:
    """Yield pages of ranges: the key, the index of the first value, and the number of values. `keys`: each
    key with its number of values."""
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
    """The first server's Redis. All methods raise RedisError."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._hashes, self._sets, self._lists = PageSize(), PageSize(), PageSize()

    def size(self) -> int:
        """Return the approximate number of keys."""
        return int(self._client.dbsize())

    def other_clients(self) -> list[str]:
        """Return the addresses of the other clients of this database; an empty list if Redis does not list
        them."""
        name = f"importfirstserver-{token_hex(8)}"
        try:
            # By name, because CLIENT ID is missing before Redis 5.
            self._client.client_setname(name)
            clients = self._client.client_list()
        except ResponseError:
            return []
        database = next((client["db"] for client in clients if client["name"] == name), None)
        return [client["addr"] for client in clients if client["name"] != name and client["db"] == database]

    def number(self, key: bytes) -> str:
        """Return the text of a number; empty if there is none."""
        try:
            return (self._client.get(key) or b"").decode("ascii", "replace")
        except ResponseError:
            return ""

    def keys(self) -> Iterator[dict[bytes, bytes]]:
        """Yield pages of keys with their types. A key can occur twice."""
        cursor = 0
        while True:
            cursor, names = self._client.scan(cursor, count=KEYS_PER_PAGE)
            types = self._pipelined(("TYPE", name) for name in names)
            yield dict(zip(names, types, strict=True))
            if cursor == 0:
                return

    def fields(self, keys: Sequence[bytes], names: Sequence[str]) -> Iterator[list[bytes | None]]:
        """Yield these fields of each hash."""
        for page in pages_of_keys(((key, 1) for key in keys), self._hashes):
            replies = self._pipelined(("HMGET", key, *names) for key in page)
            self._hashes.adapt(len(page), _byte_count(replies))
            yield from replies

    def members(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, list[bytes]]]:
        """Yield the members of each set, in pages. A member can occur twice."""
        counts = self._pipelined(("SCARD", key) for key in keys)
        for page in pages_of_keys(zip(keys, counts, strict=True), self._sets):
            yield from self._scan_sets([(key, 0) for key in page])

    def _scan_sets(self, waiting: list[tuple[bytes, int]]) -> Iterator[tuple[bytes, list[bytes]]]:
        """Yield pages of members. `waiting`: the sets, each with the cursor at which its scan continues."""
        while waiting:
            count = self._sets.values
            replies = self._pipelined(("SSCAN", key, cursor, "COUNT", count) for key, cursor in waiting)
            pages = [members for _, members in replies]
            self._sets.adapt(sum(map(len, pages)), _byte_count(pages))
            yield from zip((key for key, _ in waiting), pages, strict=True)
            ends = zip(waiting, replies, strict=True)
            waiting = [(key, int(cursor)) for (key, _), (cursor, _) in ends if int(cursor)]

    def elements(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, int, list[bytes]]]:
        """Yield the elements of each list, in pages: the key, the index of the first element in the list, and
        the elements."""
        lengths = self._pipelined(("LLEN", key) for key in keys)
        for page in pages_of_ranges(zip(keys, lengths, strict=True), self._lists):
            replies = self._pipelined(("LRANGE", key, start, start + count - 1) for key, start, count in page)
            self._lists.adapt(sum(map(len, replies)), _byte_count(replies))
            for (key, start, _), elements in zip(page, replies, strict=True):
                yield key, start, elements

    def _pipelined(self, commands: Iterator[tuple[Any, ...]]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        replies: list[Any] = pipeline.execute()
        return replies


def _byte_count(values: list[list[bytes | None]]) -> int:
    """Return the number of bytes in the values."""
    return sum(len(value or b"") for page in values for value in page)
