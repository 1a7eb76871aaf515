"""uvicorn's sockets, composed: `uvicorn --ws im66.uvicorn_protocol:WebSocketProtocol im66.asgi:application`.

uvicorn makes each socket itself, so what it is to know stands in its class.
"""

from django.conf import settings

from server import uvicorn


class WebSocketProtocol(uvicorn.WebSocketProtocol):
    """One socket of this service."""

    @property
    def heartbeat_seconds(self) -> float:
        # Not sooner, for uvicorn imports this before the application, which finds the settings.
        return settings.IM66.heartbeat_seconds
