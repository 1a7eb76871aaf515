"""Turns among those who wait: whoever asks for much waits longer than whoever asks for little."""

from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """What waits, by whom it is for.

    Somebody is named by a path: turns go round among the first names, and within each among the second ones.
    So whoever makes up many names below one has one share all the same.
    """

    def __init__(self) -> None:
        self._size = 0
        self._branches: dict[str, Turns[T]] = {}
        self._line: deque[T] = deque()

    def __len__(self) -> int:
        return self._size

    def add(self, who: Sequence[str], thing: T) -> None:
        self._size += 1
        if who:
            self._branches.setdefault(who[0], Turns()).add(who[1:], thing)
        else:
            self._line.append(thing)

    def remove(self, who: Sequence[str], thing: T) -> None:
        """Forget it, if it waits."""
        if not who:
            if thing in self._line:
                self._line.remove(thing)
                self._size -= 1
        elif branch := self._branches.get(who[0]):
            before = len(branch)
            branch.remove(who[1:], thing)
            self._size -= before - len(branch)
            if not branch:
                del self._branches[who[0]]

    def take(self) -> T:
        """The oldest of whoever's turn it is. There must be one."""
        self._size -= 1
        if not self._branches:
            return self._line.popleft()
        name = next(iter(self._branches))
        branch = self._branches.pop(name)
        thing = branch.take()
        if branch:
            self._branches[name] = branch  # behind the others
        return thing

    def take_last_of_most(self) -> T:
        """The newest of whoever has most waiting. There must be one."""
        self._size -= 1
        if not self._branches:
            return self._line.pop()
        name, branch = max(self._branches.items(), key=lambda item: len(item[1]))
        thing = branch.take_last_of_most()
        if not branch:
            del self._branches[name]
        return thing
