"""Processor time of processes. Unlike wall-clock time, it hardly depends on other load."""

import os
from contextlib import suppress
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat, counted after the process's name, which may contain any character.
_PARENT = 1
_OWN, _ENDED_CHILDREN = slice(11, 13), slice(13, 15)


def seconds(pid: int) -> float:
    """Return the processor time of a process so far, with all its threads."""
    return sum(map(int, _stat(pid)[_OWN])) * _TICK


def seconds_of_family(pid: int) -> float:
    """Return the processor time of a process and all its descendants, including ended ones."""
    return seconds(pid) + seconds_of_children(pid)


def seconds_of_children(pid: int) -> float:
    """Return the processor time of all descendants of a process, including ended ones."""
    ended = sum(map(int, _stat(pid)[_ENDED_CHILDREN])) * _TICK
    return ended + sum(map(_seconds_if_running, children(pid)))


def _seconds_if_running(pid: int) -> float:
    try:
        return seconds_of_family(pid)
    except FileNotFoundError:  # it ended after it was listed
        return 0.0


def parent(pid: int) -> int:
    """Return the pid of the process's parent."""
    return int(_stat(pid)[_PARENT])


def descendants(pid: int) -> list[int]:
    """Return the pids of all running descendants."""
    direct = children(pid)
    return direct + [descendant for child in direct for descendant in descendants(child)]


def children(pid: int) -> list[int]:
    """Return the pids of the running children, started by any thread of the process."""
    pids: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended
            pids.extend(map(int, thread.read_text().split()))
    return pids


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
