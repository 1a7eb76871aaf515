"""System calls that Python does not wrap."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: int) -> int:
    """Raises OSError."""
    return _checked(_libc.syscall(*map(ctypes.c_long, (number, *arguments))))


def prctl(option: int, *arguments: int) -> int:
    """Raises OSError."""
    four = (*arguments, 0, 0, 0, 0)[:4]
    return _checked(_libc.prctl(ctypes.c_int(option), *map(ctypes.c_ulong, four)))


def capset(header: int, data: int) -> None:
    """Takes the addresses of two structures. Raises OSError."""
    _checked(_libc.capset(ctypes.c_void_p(header), ctypes.c_void_p(data)))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
