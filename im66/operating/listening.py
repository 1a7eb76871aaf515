"""A port of its own for the figures, and for the questions how the process is.

Whoever reaches it is answered: the address on which it listens decides who that is.
"""

import asyncio
import logging
from contextlib import suppress
from http import HTTPStatus

from django.conf import settings

from im66.operating.probes import HEALTH, METRICS, READY, Answer, health, metrics, ready

logger = logging.getLogger(__name__)

HEAD_BYTES, HEAD_SECONDS = 8 * 1024, 5.0

_starting: set[asyncio.Task[None]] = set()


def begin_current() -> None:
    """Listen, if the settings name a port, as long as the running loop runs."""
    if port := settings.IM66.metrics_port:
        starting = asyncio.get_running_loop().create_task(_try_listen(settings.IM66.metrics_host, port))
        _starting.add(starting)
        starting.add_done_callback(_starting.discard)


async def _try_listen(host: str, port: int) -> None:
    try:
        await asyncio.start_server(_serve, host, port, limit=HEAD_BYTES)
    except OSError as error:
        logger.error("There are no figures on %s:%d: %s", host, port, error)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request."""
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        writer.write(_encoded(await _answer(head.decode("latin-1"))))
        async with asyncio.timeout(HEAD_SECONDS):
            await writer.drain()
    writer.close()


async def _answer(head: str) -> Answer:
    line, *headers = head.split("\r\n")
    method, _, rest = line.partition(" ")
    if method != "GET":
        return Answer(405, b"", "text/plain")
    path = rest.partition(" ")[0].partition("?")[0]
    if path == METRICS:
        return await metrics(_accept(headers))
    plain = {HEALTH: health, READY: ready}.get(path)
    return await plain() if plain else Answer(404, b"Not here.", "text/plain")


def _accept(headers: list[str]) -> str:
    pairs = (header.partition(":") for header in headers)
    return next((value.strip() for name, _, value in pairs if name.lower() == "accept"), "")


def _encoded(answer: Answer) -> bytes:
    status = HTTPStatus(answer.status)
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + answer.body
