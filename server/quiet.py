"""Keeps Autobahn from colouring, for each connection, debug lines that nobody reads.

It makes their texts before it asks whether the lines are wanted, a dozen for each connection: a twentieth of
a login's time.
"""

from typing import Any

from autobahn.twisted import websocket
from autobahn.websocket import protocol


def colour_nothing() -> None:
    """Let it put into its lines what it would colour. They are as complete as before."""
    colouring: tuple[Any, ...] = (protocol, websocket)
    for module in colouring:
        module.hltype = module.hlval = _plain
    options: Any = protocol
    options.pformat = _plain


def _plain(value: object) -> object:
    return value
