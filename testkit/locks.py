"""What the lock files install."""

import re
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

_VIA = re.compile(r"^    #(?: via|  ) (.+)$", re.MULTILINE)


class Locked(NamedTuple):
    """One package of a lock. `hashes`: SHA-256 of each file that it may be installed from. `asked_by`: the
    requirements files that name it. `needed_by`: the packages that need it."""

    requirement: Requirement
    hashes: list[str]
    required_by: set[str]
    needed_by: set[str]

    @property
    def version(self) -> str:
        return str(self.requirement.specifier).removeprefix("==")


def read(lock: Path) -> list[Locked]:
    """The packages of a lock, in its order."""
    return [_read_block(block) for block in re.split(r"^(?=[a-z0-9])", lock.read_text(), flags=re.M)[1:]]


def _read_block(block: str) -> Locked:
    whose = _VIA.findall(block)
    return Locked(
        Requirement(block.splitlines()[0].rstrip(" \\")),
        re.findall(r"--hash=sha256:([0-9a-f]{64})\b", block),
        {name.removeprefix("-r ") for name in whose if name.startswith("-r ")},
        {name for name in whose if not name.startswith("-")},
    )
