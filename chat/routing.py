from django.urls import re_path

from chat.consumers import EntryConsumer, NowhereConsumer

websocket_urlpatterns = [
    re_path(r"^(?:wsim/)?entry/?$", EntryConsumer.as_asgi()),
    re_path("", NowhereConsumer.as_asgi()),
]
