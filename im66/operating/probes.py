"""Answers health checks, load balancers and Prometheus.

Their requests have odd hosts or none, come every second, and must be answered even under overload. So this
application comes before all checks and queues. Health and readiness are for clients on this machine and for a
proxy's own requests only, metrics for requests with the token. Other requests find nothing at these paths.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from typing import Any

from django.conf import settings

from accounts.limits.callers import FORWARDED_FOR
from im66.operating import metrics as figures
from im66.operating import readiness
from im66.operating.supervised import figures_of_all
from server.supervisor.http import Answer, answer_json, answer_readiness

HEALTH, READY, METRICS = "/healthz", "/readyz", "/metrics"
# Request logs leave these paths out.
PROBED = (HEALTH, READY, METRICS)


async def health() -> Answer:
    """Answer that the event loop runs. Nothing else is checked."""
    return answer_json(200, {"healthy": True})


async def ready() -> Answer:
    """Answer whether the process is ready for clients."""
    failed = await readiness.failures()
    return answer_readiness(failed)


async def metrics(accept: str) -> Answer:
    """Answer with the metrics of the process, in the requested format."""
    body, content_type = await figures.page(accept)
    return Answer(200, body, content_type)


_PLAIN: Mapping[str, Callable[[], Awaitable[Answer]]] = {HEALTH: health, READY: ready}


class Probes:
    """An ASGI application that wraps another one."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        is_probe = scope["type"] == "http" and scope["path"] in PROBED
        return (self._answer if is_probe else self._application)(scope, receive, send)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        answer = await _answer(scope)
        if answer is None:
            await self._application(scope, receive, send)
        else:
            await _send(send, answer, scope["method"])


async def _answer(scope: Any) -> Answer | None:
    """Return the answer; None if there is nothing at this path for this client."""
    if scope["method"] not in ("GET", "HEAD"):
        return None
    if plain := _PLAIN.get(scope["path"]):
        return await plain() if is_near(scope) else None
    if not (token := settings.IM66.metrics_token):
        return None
    if not hmac.compare_digest(_header(scope, b"authorization"), f"Bearer {token}".encode()):
        return Answer(401, b"", "text/plain")
    accept = _header(scope, b"accept").decode("latin-1")
    return await figures_of_all(accept) or await metrics(accept)


def is_near(scope: Any) -> bool:
    """Whether a request comes from this machine or from a proxy, on its own behalf."""
    if any(name == FORWARDED_FOR for name, _ in scope["headers"]):
        return False
    peer = (scope.get("client") or ("", 0))[0]
    return settings.IM66.proxies.include(peer) or _is_loopback(peer)


async def _send(send: Any, answer: Answer, method: str) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", b"%d" % len(answer.body)),
        (b"cache-control", b"no-store"),
    ]
    if answer.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})


def _header(scope: Any, name: bytes) -> bytes:
    return b",".join(value for key, value in scope["headers"] if key == name)


def _is_loopback(peer: str) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
