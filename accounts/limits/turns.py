"""A round-robin queue: a caller with many requests waits longer than a caller with few."""

import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
# The path that names a caller.
Who = tuple[str, ...]


class Turns(Generic[T]):
    """A queue of items by caller.

    A caller is a path of names. Turns rotate among the first names, and within each first name among the
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
        """Remove `thing` if it is in the queue."""
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

    def has_others(self, names: Collection[str]) -> bool:
        """Return whether callers with other first names have items in the queue."""
        return any(name not in names for name in self._branches)

    def take(self, skipping: Collection[str] = ()) -> T:
        """Remove and return the oldest item of the caller whose turn it is, skipping callers with these first
        names. There must be one."""
        self._size -= 1
        if not self._branches:
            return self._line.popleft()
        name = next(name for name in self._branches if name not in skipping)
        branch = self._branches.pop(name)
        thing = branch.take()
        if branch:
            self._branches[name] = branch  # now behind the others
        return thing

    def take_newest_of_longest(self) -> T:
        """Remove and return the newest item of the caller with most items. There must be one."""
        self._size -= 1
        if not self._branches:
            return self._line.pop()
        name, branch = max(self._branches.items(), key=lambda item: len(item[1]))
        thing = branch.take_newest_of_longest()
        if not branch:
            del self._branches[name]
        return thing


class TurnThread(Generic[T]):
    """One thread that does jobs one after the other, taking turns among their callers. A job that already
    waits for its caller is not added again. Jobs that are not done when the process ends are lost.

    `do(job)` and then `on_end(job)` are called, and must not raise. `changed` is the lock of the queue, and
    is notified of changes.
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
        """Return the number of waiting jobs."""
        return len(self._waiting)

    def waiting_of(self, who: Who) -> int:
        """Return the number of waiting jobs of the caller."""
        with self.changed:
            return sum(caller == who for caller, _ in self._waiting)

    def add(self, who: Who, job: T) -> None:
        """Enqueue the job. Never blocks."""
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

    def drop_newest_of_longest(self) -> T:
        """Remove and return the newest job of the caller with most waiting jobs. There must be one."""
        with self.changed:
            newest = self._turns.take_newest_of_longest()
            self._waiting.discard(newest)
            return newest[1]

    def is_pending(self, job: T) -> bool:
        """Return whether the job waits or is being done."""
        with self.changed:
            return job in self._current or any(waiting == job for _, waiting in self._waiting)

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait up to `seconds` until every job is done. Return whether they are."""
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
            next_job = self._turns.take()
            # Removed before the work, so that the same job can be added again during the work.
            self._waiting.discard(next_job)
            self._current.append(next_job[1])
            return next_job[1]
