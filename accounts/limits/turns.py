"""Fair turns for those who wait: a caller who asks for much waits longer than one who asks for little."""

from collections import deque
from collections.abc import Collection, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Waiting things, each with its caller.

    A caller is named by a path. Turns go round among the first names, and within each first name among the
    second names. So a caller who invents many names below one first name still has one share.
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
        """Remove `thing` if it waits."""
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

    def waits_beside(self, names: Collection[str]) -> bool:
        """Whether there is anything of callers with other first names."""
        return any(name not in names for name in self._branches)

    def take(self, beside: Collection[str] = ()) -> T:
        """Remove and return the oldest thing of the caller whose turn it is, passing over those with these
        first names. There must be one."""
        self._size -= 1
        if not self._branches:
            return self._line.popleft()
        name = next(name for name in self._branches if name not in beside)
        branch = self._branches.pop(name)
        thing = branch.take()
        if branch:
            self._branches[name] = branch  # now behind the others
        return thing

    def take_last_of_most(self) -> T:
        """Remove and return the newest thing of the caller who has most waiting. There must be one."""
        self._size -= 1
        if not self._branches:
            return self._line.pop()
        name, branch = max(self._branches.items(), key=lambda item: len(item[1]))
        thing = branch.take_last_of_most()
        if not branch:
            del self._branches[name]
        return thing
