"""Processor seconds, as the kernel counts them: they bear a busy machine, as times by the clock do not."""

import os
from contextlib import suppress
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")
# In /proc/<pid>/stat, counted from after the name, which may hold anything.
_PARENT = 1
_OWN, _OF_DEAD_CHILDREN = slice(11, 13), slice(13, 15)


def seconds(pid: int) -> float:
    """What a process has taken so far, with all its threads."""
    return sum(map(int, _stat(pid)[_OWN])) * _TICK


def seconds_of_family(pid: int) -> float:
    """What a process and its children have taken so far, those that have ended included."""
    ended = sum(map(int, _stat(pid)[_OF_DEAD_CHILDREN])) * _TICK
    return seconds(pid) + ended + sum(map(_seconds_if_there, children(pid)))


def _seconds_if_there(pid: int) -> float:
    try:
        return seconds(pid)
    except FileNotFoundError:  # it has ended since it was listed
        return 0.0


def parent(pid: int) -> int:
    """The process that started it."""
    return int(_stat(pid)[_PARENT])


def children(pid: int) -> list[int]:
    """Those that it has started, from whichever thread, and that run."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended
            found.extend(map(int, thread.read_text().split()))
    return found


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
