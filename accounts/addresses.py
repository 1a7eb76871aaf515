"""The address under which a client knows this server, and the one that the client has."""

from typing import Any

from django.http import HttpRequest

from accounts.limits.callers import address_of, caller_at


def base_url(asked: HttpRequest | dict[str, Any]) -> str:
    """The address that the client used, as `http://host:port`. `asked`: a request, or the scope of a
    socket."""
    if isinstance(asked, HttpRequest):
        return f"{asked.scheme}://{asked.get_host()}"
    host = dict(asked["headers"]).get(b"host", b"").decode("latin-1")
    return f"{'https' if asked.get('scheme') == 'wss' else 'http'}://{host}"


def client_address(request: HttpRequest) -> str:
    """The address that a request comes from, as limits count it."""
    scope = getattr(request, "scope", None)
    return address_of(scope) if scope else caller_at(request.META.get("REMOTE_ADDR", ""))[0]
