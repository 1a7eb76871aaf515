"""What uvicorn serves connections and sockets with:

    uvicorn --http im66.uvicorn_protocol:HttpProtocol --ws im66.uvicorn_protocol:WebSocketProtocol \\
        --no-proxy-headers im66.asgi:application

uvicorn creates the sockets itself, so their class holds what each socket needs.
"""

from django.conf import settings

from server import uvicorn
from server.uvicorn_http import HttpProtocol

__all__ = ["HttpProtocol", "WebSocketProtocol"]


class WebSocketProtocol(uvicorn.WebSocketProtocol):
    """One socket of this service."""

    __slots__ = ()

    @property
    def heartbeat_seconds(self) -> float:
        # Read here, because uvicorn imports this module before the application, which finds the settings.
        return settings.IM66.heartbeat_seconds
