"""Fair turns for those who wait: a caller who asks for much waits longer than one who asks for little."""

import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
# As a path of `Turns`.
Who = tuple[str, ...]


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


class TurnThread(Generic[T]):
    """One thread that does jobs one after the other, in turn for their callers. A job that waits for its
    caller is not added again. Jobs that are not done when the process ends are lost.

    `do(job)`, and then `on_end(job)`, must not raise. `changed` is the lock of all this.
    """

    def __init__(
        self, name: str, do: Callable[[T], object], on_end: Callable[[T], object] = lambda _: None
    ) -> None:
        self.changed = threading.Condition()
        self._name = name
        self._do = do
        self._on_end = on_end
        self._turns: Turns[tuple[Who, T]] = Turns()
        self._waiting: set[tuple[Who, T]] = set()
        self._current: list[T] = []
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        """How many jobs wait."""
        return len(self._waiting)

    def waiting_of(self, who: Who) -> int:
        """How many jobs of the caller wait."""
        with self.changed:
            return sum(caller == who for caller, _ in self._waiting)

    def add(self, who: Who, job: T) -> None:
        """Have the job done in turn. Never waits."""
        with self.changed:
            if (who, job) in self._waiting:
                return
            self._waiting.add((who, job))
            self._turns.add(who, (who, job))
            self.changed.notify_all()
            if self._thread is None:
                # A daemon: nothing is lost when it ends, and a process that ends should not wait for it.
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def drop_last_of_most(self) -> T:
        """Remove and return the newest job of the caller who has most waiting. There must be one."""
        with self.changed:
            last = self._turns.take_last_of_most()
            self._waiting.discard(last)
            return last[1]

    def is_pending(self, job: T) -> bool:
        """Whether the job waits, or is being done."""
        with self.changed:
            return job in self._current or any(waiting == job for _, waiting in self._waiting)

    def wait(self, seconds: float) -> bool:
        """Wait until every job is done, at most so long. Whether they are."""
        with self.changed:
            return self.changed.wait_for(lambda: not (self._waiting or self._current), seconds)

    def _run(self) -> None:
        while True:
            job = self._next()
            self._do(job)
            with self.changed:
                self._current.clear()
                self.changed.notify_all()
            self._on_end(job)

    def _next(self) -> T:
        with self.changed:
            self.changed.wait_for(lambda: bool(self._waiting))
            taken = self._turns.take()
            # Removed before the work: a change during the work must be able to ask again.
            self._waiting.discard(taken)
            self._current.append(taken[1])
            return taken[1]
