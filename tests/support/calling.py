"""The legacy group calls, as clients make them."""

import json
from typing import Any
from urllib.parse import urlencode

from testkit.server import Server
from testkit.uploading import request


def call(server: Server, call_name: str, /, **parameters: str) -> Any:
    """The `data` of a call that must succeed, None if it has none."""
    got = request(server, "GET", f"/{call_name}?{urlencode(parameters)}")
    reply = json.loads(got.body)
    assert reply["code"] == 1, reply
    return reply.get("data")
