"""A client's close frame, from its arrival until it is answered."""

import asyncio
from collections.abc import Callable

# After this long it is answered even if what it confirms is not stored yet: the database is too slow for the
# client to wait.
GOODBYE_SECONDS = 3.0


class Goodbye:
    """The goodbye of one client. `answer` is called once: when what it confirms is stored, or when that takes
    too long."""

    __slots__ = ("_answer", "_timer")

    def __init__(self, answer: Callable[[], None]) -> None:
        self._answer: Callable[[], None] | None = answer
        self._timer = asyncio.get_running_loop().call_later(GOODBYE_SECONDS, self.answer)

    def answer(self) -> None:
        """Answer now, unless it is answered already or too late."""
        answer = self._answer
        self.forget()
        if answer:
            answer()

    def forget(self) -> None:
        """The client is gone and needs no answer."""
        self._timer.cancel()
        self._answer = None  # it refers to the socket, which refers to this
