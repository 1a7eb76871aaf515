"""What a client is told without asking, in any dialect. Pure."""

from typing import NamedTuple

from chat.protocol.rows import Served


class Heartbeat(NamedTuple):
    """The server is there, at this time."""

    time: int


Event = Served | Heartbeat
