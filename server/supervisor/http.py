"""The little HTTP that the supervisor and its processes speak on Unix sockets, and the supervisor on the port
for figures."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import NamedTuple

HEAD_BYTES, HEAD_SECONDS = 8 * 1024, 5.0


class Answer(NamedTuple):
    status: int
    body: bytes
    content_type: str = "application/json"


Respond = Callable[[str, str], Awaitable[Answer]]


def answer_json(status: int, content: Mapping[str, object]) -> Answer:
    return Answer(status, json.dumps(content).encode())


def answer_readiness(failed: Mapping[str, str]) -> Answer:
    """`failed`: the checks that failed, each with the reason."""
    if failed:
        return answer_json(503, {"ready": False, "failed": failed})
    return answer_json(200, {"ready": True})


async def get(path: str, url_path: str, seconds: float, accept: str = "") -> Answer:
    """What the Unix socket at `path` answers. Raises OSError; TimeoutError is one."""
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
    """Answers one request of each connection with `respond(method and path, accept)`."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            line, *headers = head.decode("latin-1").split("\r\n")
            request = line.rpartition(" ")[0].partition("?")[0]
            writer.write(_encoded(await respond(request, _header(headers, "accept"))))
            async with asyncio.timeout(HEAD_SECONDS):
                await writer.drain()
        writer.close()

    return handle


def _header(headers: list[str], wanted: str) -> str:
    pairs = (header.partition(":") for header in headers)
    return next((value.strip() for name, _, value in pairs if name.lower() == wanted), "")


def _encoded(answer: Answer) -> bytes:
    status = HTTPStatus(answer.status)
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + answer.body
