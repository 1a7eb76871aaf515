"""The ASGI application: HTTP to Django, sockets to chat, and a shutdown that writes out what was accepted."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from chat import runtime
from chat.routing import websocket_urlpatterns
from uploads.gate import Gate


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """For servers that announce their end; `manage.py serve` sees to it itself."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await runtime.close_current()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


application = ProtocolTypeRouter(
    {
        "http": Gate(django_application),
        "websocket": URLRouter(websocket_urlpatterns),
        "lifespan": lifespan,
    }
)
