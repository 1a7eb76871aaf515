"""System calls that Python does not wrap."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: int) -> int:
    """Call the kernel, and return the result. Raises OSError."""
    return _checked(_libc.syscall(*map(ctypes.c_long, (number, *arguments))))


def prctl(option: int, *arguments: int) -> int:
    """Call prctl(2) with missing arguments as 0. Raises OSError."""
    four = (*arguments, 0, 0, 0, 0)[:4]
    return _checked(_libc.prctl(ctypes.c_int(option), *map(ctypes.c_ulong, four)))


def capset(header: int, data: int) -> None:
    """Call capset(2) with the addresses of its two structures. Raises OSError."""
    _checked(_libc.capset(ctypes.c_void_p(header), ctypes.c_void_p(data)))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
