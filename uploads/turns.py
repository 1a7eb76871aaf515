"""Turns among those who wait: whoever asks for much waits longer than whoever asks for little."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """What waits, by whom it is for."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, who: str, thing: T) -> None:
        self._waiting.setdefault(who, deque()).append(thing)

    def remove(self, who: str, thing: T) -> None:
        """Forget it, if it waits."""
        queue = self._waiting.get(who)
        if queue and thing in queue:
            queue.remove(thing)
            if not queue:
                del self._waiting[who]

    def take(self) -> T:
        """The oldest of whoever's turn it is. There must be one."""
        who, queue = next(iter(self._waiting.items()))
        thing = queue.popleft()
        if queue:
            self._waiting.move_to_end(who)
        else:
            del self._waiting[who]
        return thing
