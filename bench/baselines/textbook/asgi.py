"""The textbook's ASGI application."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.baselines.textbook.settings"

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

django_application = get_asgi_application()

from bench.baselines.textbook.consumer import ChatConsumer  # noqa: E402  Django must be set up before

application = ProtocolTypeRouter(
    {"http": django_application, "websocket": URLRouter([path("entry", ChatConsumer.as_asgi())])}
)
