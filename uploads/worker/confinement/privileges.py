"""Privileges a process can do without, and memory that others need not see."""

import ctypes

from uploads.worker.confinement.kernel import capset, prctl

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
# The third version of the structures, which holds 64 capabilities.
_CAPABILITY_VERSION = 0x2008_0522


def take_no_new_privileges() -> None:
    """No program that is started gets more rights than this process has. Raises OSError."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """What root may do beyond its own files and processes. Raises OSError."""
    prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    capset(ctypes.addressof(header), ctypes.addressof(none))


def close_memory() -> None:
    """Other processes of the same user can no longer read this one's memory, environment and open files, and
    it leaves no core dump. Programs that it starts are not concerned. Raises OSError."""
    prctl(_PR_SET_DUMPABLE, 0)
