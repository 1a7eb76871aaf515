"""What an action of the page is."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tests.access.stage import Stage

Play = Callable[[Stage], Awaitable[str]]


class Action(NamedTuple):
    """`play` does it, and returns what is answered by way of refusal; empty if it is done, and then it has
    seen to it that it is. `logged`: what the log calls it. `needs_login`: on the socket."""

    play: Play
    logged: str
    needs_login: bool = False
