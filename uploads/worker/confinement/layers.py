"""The layers of a child process's confinement, one after the other, each where the kernel has it."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from uploads.worker.confinement import landlock, seccomp
from uploads.worker.confinement.privileges import close_memory, drop_capabilities, take_no_new_privileges

PROJECT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Layer:
    """One that is in force; or that is not, and why."""

    name: str
    missing: str = ""


_NOT_LINUX = Layer("confinement", "this system is not Linux")


def confine(readable: Iterable[Path], writable: Sequence[Path]) -> list[Layer]:
    """Leave this process the files and folders of `readable` and Python's library to read, the files of
    `writable` to write, and the calls that opening a file takes: no network, no programs, no other processes.

    To be called while there is one thread. Returns all layers, those too that the kernel does not have.
    """
    if sys.platform != "linux":
        return [_NOT_LINUX]
    return [
        # First, for without it the kernel takes neither of the last two.
        _layer("no new privileges", take_no_new_privileges),
        _layer("no capabilities", drop_capabilities),
        _landlock(readable, writable),
        # Last, for it refuses the calls that the others take.
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
    """Where Python's modules are, for the libraries load some of theirs only when a file calls for them. Not
    the project, all of whose modules are loaded, nor any folder that holds data."""
    closed = [PROJECT, *(path.resolve() for path in writable)]
    found = [Path(entry).resolve() for entry in sys.path if entry]
    return [path for path in found if not any(inner.is_relative_to(path) for inner in closed)]
