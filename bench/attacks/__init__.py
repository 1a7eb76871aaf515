"""Attacks: what a few clients can do to all others. Each has a name, and is limited in number and time."""

from bench.attacks import (
    calls,
    content,
    crowding,
    disk,
    files,
    frames,
    media,
    pdfs,
    refusals,
    searches,
    unread,
)
from bench.attacks.attack import Attack

_MODULES = (calls, crowding, frames, content, unread, disk, media, pdfs, searches, files, refusals)

ATTACKS: dict[str, Attack] = {name: attack for module in _MODULES for name, attack in module.ATTACKS.items()}
