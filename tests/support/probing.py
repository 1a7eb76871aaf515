"""Requests /healthz and /readyz of a real server."""

import json
import urllib.error
import urllib.request
from typing import Any

from testkit.server import Server


def ask(server: Server, path: str, **headers: str) -> tuple[int, Any]:
    """Return the status and the JSON of a probe."""
    request = urllib.request.Request(f"{server.http}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def failed(server: Server) -> list[str]:
    """Return the names of the failed checks."""
    status, text = ask(server, "/readyz")
    assert text["ready"] is (status == 200)
    return [*text.get("failed", {})]
