"""Runs a command as on a kernel that lacks system calls.

`python -m tests.support.without NUMBERS COMMAND …`. NUMBERS are those of the system calls, separated by
commas.
"""

import os
import sys
from collections.abc import Iterator

from uploads.worker.confinement import seccomp
from uploads.worker.confinement.layers import set_no_new_privileges


def command(numbers: list[int], *arguments: str) -> list[str]:
    """Return a command that runs the given one without these system calls."""
    return [sys.executable, "-m", __name__, ",".join(map(str, numbers)), *arguments]


def _refusing(numbers: list[int]) -> Iterator[seccomp.Instruction]:
    yield (seccomp._LOAD, 0, 0, seccomp._NUMBER)
    for number in numbers:
        yield (seccomp._IF_EQUAL, 0, 1, number)
        yield (seccomp._RETURN, 0, 0, seccomp.REFUSE)
    yield (seccomp._RETURN, 0, 0, seccomp.ALLOW)


if __name__ == "__main__":
    set_no_new_privileges()
    seccomp.install(list(_refusing([int(number) for number in sys.argv[1].split(",")])))
    os.execv(sys.argv[2], sys.argv[2:])
