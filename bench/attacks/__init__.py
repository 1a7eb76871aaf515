"""Attacks: what a few clients can do to all others. Each has a name, and is limited in number and time."""

from bench.attacks import calls, content, crowding, disk, files, frames, media, pdfs, searches, unread
from bench.attacks.attack import Attack

ATTACKS: dict[str, Attack] = {
    name: attack
    for module in (calls, crowding, frames, content, unread, disk, media, pdfs, searches, files)
    for name, attack in module.ATTACKS.items()
}
