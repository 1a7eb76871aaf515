"""Applies the layers of a child process's confinement in turn, each if the kernel has it."""

import ctypes
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from uploads.worker.confinement import landlock, seccomp
from uploads.worker.confinement.kernel import capset, prctl

PROJECT = Path(__file__).resolve().parents[3]


def modules(entries: Iterable[str], project: Path) -> list[Path]:
    """The folders of `sys.path`. The one that has the project among others, because it was installed as a
    package, is given as what is in it, without the project."""
    folders = [Path(entry).resolve() for entry in entries if entry]
    return [
        path
        for folder in folders
        for path in (folder.iterdir() if folder == project.parent else [folder])
        if path != project
    ]


# Found out once, because every child begins as a copy of a process that has this module.
_MODULES = modules(sys.path, PROJECT)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer. `missing` says why it is not in force, and is empty if it is."""

    name: str
    missing: str = ""


_NOT_LINUX = Layer("confinement", "this system is not Linux")


def confine(readable: Iterable[Path], writable: Sequence[Path]) -> list[Layer]:
    """Leave this process only the files and folders of `readable` and Python's library to read, the files of
    `writable` to write, and the system calls needed to open a file: no network, no programs, no other
    processes.

    Call this while the process has one thread. Returns all layers, including those that the kernel does not
    have.
    """
    if sys.platform != "linux":
        return [_NOT_LINUX]
    return [
        # This comes first: without it the kernel refuses the last two.
        _layer("no new privileges", take_no_new_privileges),
        _layer("no capabilities", drop_capabilities),
        _landlock(readable, writable),
        # This comes last: it refuses the system calls that the other layers need.
        _layer("seccomp", seccomp.restrict),
    ]


def shield() -> Layer:
    """Close the memory, the environment and the open files of this process to its children."""
    return _layer("parent not dumpable", close_memory) if sys.platform == "linux" else _NOT_LINUX


def _layer(name: str, take: Callable[[], None]) -> Layer:
    try:
        take()
    except OSError as error:
        return Layer(name, _why(error))
    return Layer(name)


def _why(error: OSError) -> str:
    return error.strerror or str(error)


def _landlock(readable: Iterable[Path], writable: Sequence[Path]) -> Layer:
    try:
        version = landlock.version()
    except OSError as error:
        return Layer("Landlock", _why(error))
    allowed = [(path, landlock.READ) for path in (*_library(writable), *readable)]
    allowed += [(path, landlock.WRITE) for path in writable]
    return _layer(f"Landlock ABI {version}", lambda: landlock.restrict(landlock.handled(version), allowed))


def _library(writable: Iterable[Path]) -> list[Path]:
    """The folders of Python's modules, because libraries load some modules only when a file needs them. The
    project's folder is left out, since all its modules are loaded; so is every folder that holds data."""
    closed = [PROJECT, *(path.resolve() for path in writable)]
    return [path for path in _MODULES if not any(inner.is_relative_to(path) for inner in closed)]


_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
# The third version of the structures, which holds 64 capabilities.
_CAPABILITY_VERSION = 0x2008_0522


def take_no_new_privileges() -> None:
    """Forbid that a program started from here gets more rights than this process. Raises OSError."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up what root may do beyond its own files and processes. Raises OSError."""
    prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    capset(ctypes.addressof(header), ctypes.addressof(none))


def close_memory() -> None:
    """Close this process's memory, environment and open files to other processes of the same user, and
    disable its core dumps. This does not extend to the programs that it starts. Raises OSError."""
    prctl(_PR_SET_DUMPABLE, 0)
