"""The legacy group calls, sent like clients."""

import json
from typing import Any
from urllib.parse import urlencode

from testkit.server import Server
from testkit.uploading import request


def call(server: Server, call_name: str, /, **parameters: str) -> Any:
    """Send a call that must succeed, and return its `data`, or None."""
    got = request(server, "GET", f"/{call_name}?{urlencode(parameters)}")
    reply = json.loads(got.body)
    assert reply["code"] == 1, reply
    return reply.get("data")
