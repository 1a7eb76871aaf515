"""The ASGI application: HTTP to Django, sockets to chat, and a shutdown that writes out what was accepted."""

import gc
import os
import sys
from typing import Any

from server import heap

# Before anything is large.
heap.give_back()

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")

import django
from channels.routing import ProtocolTypeRouter, URLRouter

from im66.startup import complaints

with complaints():
    django.setup(set_prefix=False)

from chat.delivery import runtime
from chat.routing import websocket_urlpatterns
from im66.door import Door
from im66.handler import Handler
from uploads.gate import Gate
from uploads.protection import protect


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """For servers that announce their start and end; `manage.py serve` sees to both itself."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            runtime.begin_current()
        else:
            await runtime.close_current()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


application = Door(
    ProtocolTypeRouter(
        {
            "http": Gate(Handler()),
            "websocket": URLRouter(websocket_urlpatterns),
            "lifespan": lifespan,
        }
    )
)

protect()

# A thread that computes keeps the event loop from the interpreter for so long each time that the loop wakes,
# and one message wakes it several times: with 5 ms, Python's own, sixty callers of grpinfo made others wait
# for 300 ms.
sys.setswitchinterval(0.0005)

# What is loaded by now stays for ever: the collector need not walk through it again and again. Connections
# hold many objects and leave no cycles behind, so there is little to find, and looking stops everybody: with
# Python's defaults for a tenth of a second several times a minute, with these for 3 ms while people log in,
# and for 20 ms after some 1,400 of them (docs/performance.md).
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 10, 100)
