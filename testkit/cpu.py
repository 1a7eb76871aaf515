"""Processor seconds, as the kernel counts them: unlike wall-clock times, they hardly depend on other load."""

import os
from contextlib import suppress
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat, counted after the name, because the name may hold anything.
_PARENT = 1
_OWN, _OF_DEAD_CHILDREN = slice(11, 13), slice(13, 15)


def seconds(pid: int) -> float:
    """The processor time of a process so far, with all its threads."""
    return sum(map(int, _stat(pid)[_OWN])) * _TICK


def seconds_of_family(pid: int) -> float:
    """The processor time of a process, its children, their children and so on, ended ones included."""
    return seconds(pid) + seconds_of_children(pid)


def seconds_of_children(pid: int) -> float:
    """The same without its own."""
    ended = sum(map(int, _stat(pid)[_OF_DEAD_CHILDREN])) * _TICK
    return ended + sum(map(_seconds_if_there, children(pid)))


def _seconds_if_there(pid: int) -> float:
    try:
        return seconds_of_family(pid)
    except FileNotFoundError:  # it ended after it was listed
        return 0.0


def parent(pid: int) -> int:
    """The process that started it."""
    return int(_stat(pid)[_PARENT])


def descendants(pid: int) -> list[int]:
    """Its children, their children, and so on."""
    direct = children(pid)
    return direct + [one for child in direct for one in descendants(child)]


def children(pid: int) -> list[int]:
    """The running processes that it started, from any of its threads."""
    pids: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended
            pids.extend(map(int, thread.read_text().split()))
    return pids


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
