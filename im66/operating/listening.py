"""A separate port for metrics and health checks, and a Unix socket on which the supervisor reads both.

Requests are not authenticated: the address on which the port listens decides who can reach it.
"""

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from django.conf import settings

from im66.operating.probes import HEALTH, METRICS, READY, health, metrics, ready
from server.supervisor import http
from server.supervisor.http import Answer

logger = logging.getLogger(__name__)

_starting: set[asyncio.Task[Any]] = set()
# uvloop closes a Unix socket when its server is collected.
_servers: list[asyncio.Server] = []


def begin_current() -> None:
    """Listen until the running loop ends, if the settings have a port."""
    if port := settings.IM66.metrics_port:
        _begin(_try_listen(settings.IM66.metrics_host, port))


def begin_at(path: Path) -> None:
    """Listen on a Unix socket until the running loop ends."""
    _begin(_listen_at(path))


def _begin(listening: Coroutine[Any, Any, Any]) -> None:
    task = asyncio.get_running_loop().create_task(listening)
    _starting.add(task)
    task.add_done_callback(_starting.discard)


async def _try_listen(host: str, port: int) -> None:
    try:
        await asyncio.start_server(http.serve(_respond), host, port, limit=http.HEAD_BYTES)
    except OSError as error:
        logger.error("There are no figures on %s:%d: %s", host, port, error)


async def _listen_at(path: Path) -> None:
    _servers.append(await asyncio.start_unix_server(http.serve(_respond), path, limit=http.HEAD_BYTES))


async def _respond(request: str, accept: str) -> Answer:
    method, _, path = request.partition(" ")
    if method != "GET":
        return Answer(405, b"", "text/plain")
    if path == METRICS:
        return await metrics(accept)
    plain = {HEALTH: health, READY: ready}.get(path)
    return await plain() if plain else Answer(404, b"Not here.", "text/plain")
