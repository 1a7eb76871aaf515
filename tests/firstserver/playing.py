"""A first server with random use, and the messages that finally wait for each person."""

import random
from collections import defaultdict
from dataclasses import dataclass, field

from tests.firstserver.first_server import NOW, FirstServer, grouped, unicast

PEOPLE = ["alice", "bob", "charlie", "dora", "51"]
GROUPS = [12, 13, 14]
STEPS = 120

# The sender, the recipient, what was said and when.
Message = tuple[str, str | int, str, int]


@dataclass
class Played:
    """`waiting`: by person, each frame with its message."""

    members: dict[int, set[str]] = field(default_factory=dict)
    waiting: dict[str, list[tuple[str, Message]]] = field(default_factory=lambda: defaultdict(list))
    online: set[str] = field(default_factory=set)


def play(seed: int) -> Played:
    """Use a server at random, the same for the same seed."""
    chance = random.Random(seed)
    played = Played({group: set(chance.sample(PEOPLE, 3)) for group in GROUPS})
    second = NOW
    for _ in range(STEPS):
        second += chance.choice([0, 0, 0, 1, 2])
        _step(played, chance, second)
    return played


def lay_out(played: Played, first: FirstServer) -> None:
    """Write it into the first server's Redis."""
    first.number_groups_from(60)
    for group, members in played.members.items():
        first.group(group, "alice", sorted(members))
    for userid in PEOPLE:
        first.person(userid)
        if waiting := played.waiting[userid]:
            first.wait(userid, *(frame for frame, _ in waiting))


def _step(played: Played, chance: random.Random, second: int) -> None:
    person, group = chance.choice(PEOPLE), chance.choice(GROUPS)
    # Few words, so that the same is often said twice in a second.
    content = chance.choice(["ha", "ho", f"{chance.random()}"])
    match chance.choice(
        ["send", "send", "send group", "send group", "send group", "switch", "join", "leave"]
    ):
        case "send":
            to = chance.choice([other for other in PEOPLE if other != person])
            _deliver(played, {to}, unicast(person, content, second, "ext"), (person, to, content, second))
        case "send group" if person in played.members[group]:
            others = played.members[group] - {person}
            _deliver(
                played,
                others,
                grouped(person, content, group, second, "ext"),
                (person, group, content, second),
            )
        case "switch" if person in played.online:
            played.online.discard(person)
        case "switch":
            played.online.add(person)
            played.waiting[person].clear()
        case "join":
            played.members[group].add(person)
        case "leave":
            played.members[group].discard(person)


def _deliver(played: Played, to: set[str], frame: str, message: Message) -> None:
    for userid in to - played.online:
        # A message to one person does not say to whom.
        played.waiting[userid].append((frame, message))
