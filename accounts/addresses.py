"""The address under which a client knows this server."""

from typing import Any

from django.http import HttpRequest


def base_url(asked: HttpRequest | dict[str, Any]) -> str:
    """The address that the client used, as `http://host:port`. `asked`: a request, or the scope of a
    socket."""
    if isinstance(asked, HttpRequest):
        return f"{asked.scheme}://{asked.get_host()}"
    host = dict(asked["headers"]).get(b"host", b"").decode("latin-1")
    return f"{'https' if asked.get('scheme') == 'wss' else 'http'}://{host}"
