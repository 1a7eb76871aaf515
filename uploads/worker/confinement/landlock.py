"""Limits the files, ports and processes that a process can reach, by Landlock (Linux 5.13 and later).

https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import errno
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from uploads.worker.confinement.kernel import syscall

# The numbers of the calls are the same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_TRUNCATE = 1 << 14
# The rights that the first version knows, and those that later versions added.
_FIRST_RIGHTS = (1 << 13) - 1
_LATER_RIGHTS = {2: 1 << 13, 3: _TRUNCATE, 5: 1 << 15}
# The version that added TCP ports, and the rights to bind and to connect.
_NETWORK_SINCE, _NETWORK = 4, 0b11
# The version that added scopes, and the scopes: sockets with abstract names, and signals.
_SCOPES_SINCE, _SCOPES = 6, 0b11

READ = _READ_FILE | _READ_DIR
# Writing existing files. Creating files is another right.
WRITE = _READ_FILE | _WRITE_FILE | _TRUNCATE
# A rule about a file must not name rights that only folders have.
_FILE_RIGHTS = _READ_FILE | _WRITE_FILE | _TRUNCATE


@dataclass(frozen=True, slots=True)
class Handled:
    """The actions that a version of Landlock refuses unless a rule allows them."""

    files: int
    network: int
    scopes: int

    @property
    def packed(self) -> bytes:
        """The structure for the kernel, without trailing zero fields, which earlier versions would refuse."""
        fields = [self.files, self.network, self.scopes]
        while not fields[-1]:
            fields.pop()
        return b"".join(field.to_bytes(8, "little") for field in fields)


def version() -> int:
    """Return the kernel's version of Landlock. Raises OSError if the kernel has none."""
    return syscall(_CREATE_RULESET, 0, 0, _ASK_VERSION)


def handled_by(version: int) -> Handled:
    """Return all actions that this version can refuse."""
    later = sum(right for since, right in _LATER_RIGHTS.items() if since <= version)
    return Handled(
        files=_FIRST_RIGHTS | later,
        network=_NETWORK if version >= _NETWORK_SINCE else 0,
        scopes=_SCOPES if version >= _SCOPES_SINCE else 0,
    )


def restrict(refused: Handled, allowed: Iterable[tuple[Path, int]]) -> None:
    """Refuse this thread the `refused` actions, except for the allowed rights to paths.

    Missing and unreadable paths are skipped. The process must have no_new_privs set. Raises OSError.
    """
    packed = refused.packed
    ruleset = syscall(
        _CREATE_RULESET, _address(buffer := ctypes.create_string_buffer(packed)), len(packed), 0
    )
    del buffer
    try:
        for path, rights in allowed:
            _allow(ruleset, path, rights & refused.files)
        syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EACCES):
            return
        raise
    try:
        mine = rights if path.is_dir() else rights & _FILE_RIGHTS
        rule = ctypes.create_string_buffer(mine.to_bytes(8, "little") + file.to_bytes(4, "little"))
        syscall(_ADD_RULE, ruleset, _PATH_BENEATH, _address(rule), 0)
    finally:
        os.close(file)


def _address(buffer: "ctypes.Array[ctypes.c_char]") -> int:
    return ctypes.addressof(buffer)
