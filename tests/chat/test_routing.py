"""Where sockets are opened."""

from typing import Any

import pytest
from channels.routing import URLRouter

from chat import routing
from chat.consumers import EntryConsumer, NowhereConsumer


def consumer_at(path: str) -> type[Any]:
    """The consumer that a socket on that path gets."""
    for route in URLRouter(routing.websocket_urlpatterns).routes:
        if route.pattern.match(path.removeprefix("/")):
            found: type[Any] = route.callback.consumer_class
            return found
    raise AssertionError("no consumer at all")


@pytest.mark.parametrize("path", ["/entry", "/entry/", "/wsim/entry", "/wsim/entry/"])
def test_shipped_apps_reach_the_entry(path: str) -> None:
    assert consumer_at(path) is EntryConsumer


@pytest.mark.parametrize("path", ["/", "/entry/more", "/wsim", "/wsim/wsim/entry", "/Entry", "/entry?"])
def test_nothing_is_anywhere_else(path: str) -> None:
    assert consumer_at(path) is NowhereConsumer
