"""A minimal HTTP server and client, which the supervisor and its processes use on Unix sockets, and the
supervisor on the port for metrics."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import NamedTuple

HEAD_BYTES, HEAD_SECONDS = 8 * 1024, 5.0
_END_OF_METRICS = "# EOF"


class Answer(NamedTuple):
    status: int
    body: bytes
    content_type: str = "application/json"


Respond = Callable[[str, str], Awaitable[Answer]]


def answer_json(status: int, content: Mapping[str, object]) -> Answer:
    return Answer(status, json.dumps(content).encode())


def answer_readiness(failed: Mapping[str, str]) -> Answer:
    """Return the answer to a readiness probe. `failed`: the checks that failed, with their reasons."""
    if failed:
        return answer_json(503, {"ready": False, "failed": failed})
    return answer_json(200, {"ready": True})


async def get(path: str, url_path: str, seconds: float, accept: str = "") -> Answer:
    """Send a GET request to the Unix socket at `path`, and return the answer. Raises OSError, which includes
    TimeoutError."""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            writer.write(f"GET {url_path} HTTP/1.1\r\nAccept: {accept}\r\n\r\n".encode("latin-1"))
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        finally:
            writer.close()
    line, *headers = head.decode("latin-1").split("\r\n")
    if len(parts := line.split(" ")) < 2 or not parts[1].isdigit():
        raise ConnectionResetError
    return Answer(int(parts[1]), body, _header(headers, "content-type"))


def serve(respond: Respond) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """Return a connection handler that answers one request with `respond(method and path, accept)`."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            line, *headers = head.decode("latin-1").split("\r\n")
            request = line.rpartition(" ")[0].partition("?")[0]
            writer.write(_encode(await respond(request, _header(headers, "accept"))))
            async with asyncio.timeout(HEAD_SECONDS):
                await writer.drain()
        writer.close()

    return handle


def merged_metrics(pages: Mapping[int, str]) -> str:
    """Merge the pages of metrics of all processes, by their numbers, into one, in one of the text formats of
    Prometheus. Each sample gets the label `process`.

    Sums would hide which process is slow, and would fall when a process restarts, which Prometheus would
    interpret as a restart of all. With the label, each counter belongs to one process.
    """
    families: dict[str, list[str]] = {}
    heads: dict[str, list[str]] = {}
    for process, page in pages.items():
        name = ""
        for line in page.splitlines():
            if line.startswith("# HELP "):
                name = line.split(" ", 3)[2]
            if line.startswith("#"):
                head = heads.setdefault(name, [])
                if line != _END_OF_METRICS and line not in head:
                    head.append(line)
            elif line:
                families.setdefault(name, []).append(_labelled(line, process))
    lines = [line for name, head in heads.items() for line in (*head, *families.get(name, ()))]
    ends = (
        [_END_OF_METRICS] if any(page.rstrip().endswith(_END_OF_METRICS) for page in pages.values()) else []
    )
    return "".join(f"{line}\n" for line in (*lines, *ends))


def _header(headers: list[str], key: str) -> str:
    pairs = (header.partition(":") for header in headers)
    return next((value.strip() for name, _, value in pairs if name.lower() == key), "")


def _encode(answer: Answer) -> bytes:
    status = HTTPStatus(answer.status)
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + answer.body


def _labelled(sample: str, process: int) -> str:
    label = f'process="{process}"'
    name, brace, rest = sample.partition("{")
    if brace and " " not in name:
        return f"{name}{{{label},{rest}"
    name, _, value = sample.partition(" ")
    return f"{name}{{{label}}} {value}"
