"""Gives up privileges that a process does not need, and closes its memory to other processes."""

import ctypes

from uploads.worker.confinement.kernel import capset, prctl

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
