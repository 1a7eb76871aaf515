"""The address that a client used, for requests and sockets alike."""

from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest

from accounts.addresses import base_url


def scope(type_: str, scheme: str) -> dict[str, Any]:
    return {
        "type": type_,
        "scheme": scheme,
        "method": "GET",
        "path": "/entry",
        "query_string": b"",
        "headers": [(b"host", b"localhost:6060")],
        "server": ("127.0.0.1", 80),
    }


def of_request(scheme: str) -> str:
    return base_url(ASGIRequest(scope("http", scheme), BytesIO()))


@pytest.mark.parametrize(("request_", "socket"), [("http", "ws"), ("https", "wss")])
def test_base_url_is_same_for_requests_and_sockets(request_: str, socket: str) -> None:
    assert of_request(request_) == base_url(scope("websocket", socket)) == f"{request_}://localhost:6060"


def test_a_server_that_tells_no_scheme_speaks_without_tls() -> None:
    socket_scope = scope("websocket", "ws")
    del socket_scope["scheme"]
    assert base_url(socket_scope) == "http://localhost:6060"
