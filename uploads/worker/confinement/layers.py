"""Applies the layers of a child process's confinement in turn, as far as the kernel supports them."""

import ctypes
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from uploads.worker.confinement import landlock, seccomp
from uploads.worker.confinement.kernel import capset, prctl

PROJECT = Path(__file__).resolve().parents[3]


def module_paths(entries: Iterable[str], project: Path) -> list[Path]:
    """Return the folders of `sys.path`.

    If the project is installed as a package, its parent folder is replaced by its contents without the
    project.
    """
    folders = [Path(entry).resolve() for entry in entries if entry]
    return [
        path
        for folder in folders
        for path in (folder.iterdir() if folder == project.parent else [folder])
        if path != project
    ]


# Computed once, because every child starts as a copy of a process that has imported this module.
_MODULE_PATHS = module_paths(sys.path, PROJECT)


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of confinement. `missing` is the reason why it is not in force, or empty if it is."""

    name: str
    missing: str = ""


_NOT_LINUX = Layer("confinement", "this system is not Linux")


def confine(readable: Iterable[Path], writable: Sequence[Path]) -> list[Layer]:
    """Restrict this process to reading `readable` and Python's library, to writing the files in `writable`,
    and to the system calls needed to open a file: no network, no programs, no other processes.

    Call this while the process has one thread. Returns all layers, including those that the kernel lacks.
    """
    if sys.platform != "linux":
        return [_NOT_LINUX]
    return [
        # This comes first: without it the kernel refuses the last two.
        _layer("no new privileges", set_no_new_privileges),
        _layer("no capabilities", drop_capabilities),
        _landlock(readable, writable),
        # This comes last: it refuses the system calls that the other layers need.
        _layer("seccomp", seccomp.restrict),
    ]


def shield() -> Layer:
    """Deny children access to the memory, the environment and the open files of this process."""
    return _layer("parent not dumpable", make_undumpable) if sys.platform == "linux" else _NOT_LINUX


def _layer(name: str, apply: Callable[[], None]) -> Layer:
    try:
        apply()
    except OSError as error:
        return Layer(name, _reason(error))
    return Layer(name)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _landlock(readable: Iterable[Path], writable: Sequence[Path]) -> Layer:
    try:
        version = landlock.version()
    except OSError as error:
        return Layer("Landlock", _reason(error))
    allowed = [(path, landlock.READ) for path in (*_library(writable), *readable)]
    allowed += [(path, landlock.WRITE) for path in writable]
    return _layer(f"Landlock ABI {version}", lambda: landlock.restrict(landlock.handled_by(version), allowed))


def _library(writable: Iterable[Path]) -> list[Path]:
    """Return the folders of Python's modules: libraries load some modules only when a file needs them.

    The project's folder is excluded, since all its modules are loaded, and so are folders that hold data.
    """
    excluded = [PROJECT, *(path.resolve() for path in writable)]
    return [path for path in _MODULE_PATHS if not any(inner.is_relative_to(path) for inner in excluded)]


_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
# The third version of the structures, which holds 64 capabilities.
_CAPABILITY_VERSION = 0x2008_0522


def set_no_new_privileges() -> None:
    """Set no_new_privs: programs started from here get no more rights than this process. Raises OSError."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Drop all capabilities, the additional rights of root. Raises OSError."""
    prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    capset(ctypes.addressof(header), ctypes.addressof(none))


def make_undumpable() -> None:
    """Deny other processes of the same user access to this process's memory, environment and open files.

    This also disables core dumps. Programs that this process starts are not protected. Raises OSError.
    """
    prctl(_PR_SET_DUMPABLE, 0)
