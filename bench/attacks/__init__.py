"""Attacks by a few clients that could affect all others. Each has a name, and is limited in number and
time."""

from bench.attacks import (
    calls,
    content,
    database,
    disk,
    files,
    frames,
    media,
    refusals,
)
from bench.attacks.attack import Attack

_MODULES = (calls, database, frames, content, disk, media, files, refusals)

ATTACKS: dict[str, Attack] = {name: attack for module in _MODULES for name, attack in module.ATTACKS.items()}
