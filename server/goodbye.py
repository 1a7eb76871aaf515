"""The close frame of a client, from when it comes until it is answered."""

import asyncio
from collections.abc import Callable

# It is answered after so long though what it confirms is not written down yet: the database is too slow for
# the client to wait.
GOODBYE_SECONDS = 3.0


class Goodbye:
    """One client's. `answer` is called once: when what it confirms is written down, or when that takes too
    long."""

    __slots__ = ("_answer", "_timer")

    def __init__(self, answer: Callable[[], None]) -> None:
        self._answer: Callable[[], None] | None = answer
        self._timer = asyncio.get_running_loop().call_later(GOODBYE_SECONDS, self.answer)

    def answer(self) -> None:
        """Answer now, unless that was done or is too late."""
        answer = self._answer
        self.forget()
        if answer:
            answer()

    def forget(self) -> None:
        """There is nobody to answer any more."""
        self._timer.cancel()
        self._answer = None  # it holds the socket, which holds this
