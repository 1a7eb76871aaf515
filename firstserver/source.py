"""Reads the first server's Redis in pages, many keys in one round trip. It writes nothing there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis import Redis, RedisError, ResponseError

from firstserver.errors import CannotImport

ANSWER_SECONDS = 30.0
KEYS = 1000
# The bytes that are asked for at once, as Redis estimates them.
PAGE_BYTES = 1024 * 1024
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
        reason = str(error).partition("\n")[0].rstrip(".")
        raise CannotImport(f"The first server's Redis cannot be read: {reason}.") from error


def _check_options(url: str) -> None:
    if unknown := sorted(parse_qs(urlsplit(url).query).keys() - _OPTIONS):
        raise ValueError(f"its URL may not have the option {unknown[0]}")


class Source:
    """All methods raise RedisError."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def size(self) -> int:
        """About how many keys there are."""
        return int(self._client.dbsize())

    def others(self) -> list[str]:
        """The addresses of the other clients of this database; none if Redis does not tell."""
        try:
            own, clients = self._client.client_id(), self._client.client_list()
        except ResponseError:
            return []
        database = next((client["db"] for client in clients if int(client["id"]) == own), None)
        return [client["addr"] for client in clients if int(client["id"]) != own and client["db"] == database]

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

    def fields(self, keys: Sequence[bytes], names: Sequence[str]) -> list[list[bytes | None]]:
        """These fields of each hash."""
        return self._pipe(("HMGET", key, *names) for key in keys)

    def members(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, list[bytes]]]:
        """The members of each set, in pages. A member can come twice."""
        waiting = [(key, 0) for key in keys]
        while waiting:
            pages = self._pipe(("SSCAN", key, cursor, "COUNT", KEYS) for key, cursor in waiting)
            for (key, _), (_, members) in zip(waiting, pages, strict=True):
                yield key, members
            waiting = [
                (key, int(cursor))
                for (key, _), (cursor, _) in zip(waiting, pages, strict=True)
                if int(cursor)
            ]

    def elements(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, int, list[bytes]]]:
        """The elements of each list, in pages: the key, the place of the first element in the list, and the
        elements."""
        lengths = self._pipe(("LLEN", key) for key in keys)
        weights = self._pipe(("MEMORY", "USAGE", key) for key in keys)
        page: list[tuple[bytes, int, int]] = []
        room = PAGE_BYTES
        for key, length, weight in zip(keys, lengths, weights, strict=True):
            each = max(1, (weight or 0) // max(1, length))
            step = max(1, PAGE_BYTES // each)
            for start in range(0, length, step):
                count = min(step, length - start)
                if page and count * each > room:
                    yield from self._ranges(page)
                    page, room = [], PAGE_BYTES
                page.append((key, start, count))
                room -= count * each
        yield from self._ranges(page)

    def _ranges(self, page: Sequence[tuple[bytes, int, int]]) -> Iterator[tuple[bytes, int, list[bytes]]]:
        found = self._pipe(("LRANGE", key, start, start + count - 1) for key, start, count in page)
        for (key, start, _), elements in zip(page, found, strict=True):
            yield key, start, elements

    def _pipe(self, commands: Iterator[tuple[Any, ...]]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        found: list[Any] = pipeline.execute()
        return found
