"""What the server tells unasked: the rows of the log, and what has no place in it."""

from typing import get_args

from chat.protocol import events
from chat.protocol.events import Event
from chat.protocol.rows import Served


def test_every_event_is_a_row_or_declared_here() -> None:
    declared = {
        value
        for value in vars(events).values()
        if isinstance(value, type) and value.__module__ == events.__name__
    }
    assert declared
    assert set(get_args(Event)) == declared | set(get_args(Served))
