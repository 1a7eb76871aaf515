"""The ASGI application: passes HTTP to Django and sockets to `chat`. A shutdown stores accepted messages."""

import asyncio
import os
from collections.abc import Awaitable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")

import django
from channels.routing import URLRouter
from django.conf import settings

from im66.startup import complaints, start_failure

with complaints():
    django.setup(set_prefix=False)

from chat.consumers import websocket_urlpatterns
from chat.delivery import runtime
from im66.cors import CrossOrigin
from im66.doctor.echo import Echo
from im66.door import Door
from im66.forwarded import Forwarded
from im66.handler import Handler
from im66.operating import draining, listening
from im66.operating.json_logs import Numbered
from im66.operating.probes import Probes
from im66.serving import Settled, log_authentication_warnings, settle
from uploads.gate import Gate


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Handle the start and the shutdown for servers with the lifespan protocol. `manage.py serve` does both
    itself."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            if reason := await asyncio.to_thread(start_failure):
                await send({"type": "lifespan.startup.failed", "message": reason})
                return
            settle()
            log_authentication_warnings()
            runtime.start_current_soon()
            listening.begin_current()
            draining.delay_sigterm(settings.IM66.drain_seconds)
        else:
            await runtime.close_current()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


_by_type = {
    "http": CrossOrigin(Settled(Gate(Handler()))),
    "websocket": URLRouter(websocket_urlpatterns),
    "lifespan": lifespan,
}


def _route(scope: Any, receive: Any, send: Any) -> Awaitable[None]:
    """Do what Channels' ProtocolTypeRouter does, without its coroutine."""
    called: Awaitable[None] = _by_type[scope["type"]](scope, receive, send)
    return called


# Only the outermost application is a coroutine function, as servers expect. The others return the awaitable
# of the next one: a coroutine of their own would cost 250 bytes for each open socket.
application = Numbered(Echo(Forwarded(Probes(Door(_route)))))
