"""A request whose body may have to wait until it is known who sends it."""

import asyncio
from io import BytesIO

import pytest
from daphne.http_protocol import WebRequest

from server.outgoing import Backpressure
from server.request import Request


async def test_authorization_of_a_gone_client_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its body would be counted for ever as one that arrives."""
    monkeypatch.setattr(WebRequest, "connectionLost", lambda self, reason: None)
    request = Request.__new__(Request)
    request._authorizing = asking = asyncio.create_task(asyncio.sleep(60, None))
    request._client, request._body, request._held, request._linger = Backpressure(), BytesIO(), None, None
    request.connectionLost(None)
    await asyncio.wait([asking], timeout=1)
    assert asking.cancelled()
