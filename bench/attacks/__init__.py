"""What a few clients can do to all others: each attack has a name, and is bounded in count and time."""

from bench.attacks import calls, crowding, disk, frames, media, unread
from bench.attacks.attack import Attack

ATTACKS: dict[str, Attack] = {
    name: attack
    for module in (calls, crowding, frames, unread, disk, media)
    for name, attack in module.ATTACKS.items()
}
