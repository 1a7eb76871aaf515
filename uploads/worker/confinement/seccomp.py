"""Limits the system calls that a process can make, by a seccomp filter with a list of allowed calls.

https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Iterator

from uploads.worker.confinement.calls import Argument, Call, allowed
from uploads.worker.confinement.kernel import syscall

# For each architecture, the kernel's number for it (AUDIT_ARCH_…) and the number of the call `seccomp`.
ARCHITECTURES = {"x86_64": (0xC000_003E, 317), "aarch64": (0xC000_00B7, 277)}

_SET_MODE_FILTER, _ALL_THREADS = 1, 1
# The offsets of the fields of struct seccomp_data.
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

# Instructions of the packet filter's machine: load a word, compare it, test its bits, return.
_LOAD, _IF_EQUAL, _IF_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
KILL = 0x8000_0000
ALLOW = 0x7FFF_0000
# The same result as from a kernel that lacks the call, so that libraries fall back to others.
REFUSE = 0x0005_0000 | errno.ENOSYS

Instruction = tuple[int, int, int, int]


class UnknownMachine(OSError):
    """The system call numbers of this machine are not known."""


def machine() -> str:
    """Return the machine's architecture. Raises UnknownMachine."""
    name = os.uname().machine
    if name not in ARCHITECTURES or struct.calcsize("P") != 8:
        raise UnknownMachine(errno.ENOSYS, f"there is no filter for {name}")
    return name


def restrict() -> None:
    """Leave this process, with all its threads, only the system calls needed to open a file. The process must
    have no_new_privs set. Raises OSError."""
    install(program(machine(), allowed(os.getpid()).values()))


def install(instructions: list[Instruction]) -> None:
    """Install the filter, which the kernel then runs at every system call. Raises OSError."""
    code = ctypes.create_string_buffer(
        b"".join(struct.pack("<HBBI", *instruction) for instruction in instructions)
    )
    # struct sock_fprog: the number of instructions, and their address.
    head = ctypes.create_string_buffer(struct.pack("@HP", len(instructions), ctypes.addressof(code)))
    syscall(ARCHITECTURES[machine()][1], _SET_MODE_FILTER, _ALL_THREADS, ctypes.addressof(head))


def program(machine: str, calls: Iterable[Call]) -> list[Instruction]:
    """Return the filter program that allows these calls.

    The same kernel may run code of another architecture, for which the numbers mean other calls: such code is
    killed. (x32 reports itself as x86-64 but has its own numbers, which are not on the list.)
    """
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 1, 0, ARCHITECTURES[machine][0]),
        (_RETURN, 0, 0, KILL),
        (_LOAD, 0, 0, _NUMBER),
        *(step for call in calls for step in _allow(getattr(call, machine), call.only)),
        (_RETURN, 0, 0, REFUSE),
    ]


def _allow(number: int, only: Argument | None) -> Iterator[Instruction]:
    if number < 0:
        return
    if only is None:
        yield (_IF_EQUAL, 0, 1, number)
        yield (_RETURN, 0, 0, ALLOW)
        return
    yield (_IF_EQUAL, 0, 2 + 2 * len(only.values), number)
    # Only the lower half is compared: the arguments that are checked are no wider.
    yield (_LOAD, 0, 0, _ARGUMENTS + 8 * only.index)
    for value in only.values:
        yield (_IF_BIT if only.is_bit else _IF_EQUAL, 0, 1, value)
        yield (_RETURN, 0, 0, ALLOW)
    yield (_RETURN, 0, 0, REFUSE)
