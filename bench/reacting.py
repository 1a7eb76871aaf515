"""Fills a group with messages that have many reactions: `python -m bench.reacting MESSAGES PEOPLE EMOJI`.

Each of PEOPLE adds EMOJI different reactions to each message. The rows go directly into the table, followed
by their tallies. It prints the group's id. The reader is the sender of the messages; with `members`, silent
members are.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import django

READER = "reader"


def fill(messages: int, people: int, emoji: int, members: int = 0) -> int:
    """Create the people, the group and the rows. Return the group's id."""
    from django.db import transaction

    from accounts.services import ensure_users
    from bench import generate
    from groups.services import create_group
    from log import log_end
    from log.inserting import COLUMNS, insert
    from log.reactions import tally

    userids = [f"reacting{person}" for person in range(people)]
    silent = [f"silent{member}" for member in range(members)]
    senders = silent or [READER]
    ensure_users([READER, *userids, *silent])
    group = create_group(READER, [*userids, *silent], "reactions").pk
    texts = [
        _row("text", senders[number % len(senders)], group, f"message {number}") for number in range(messages)
    ]
    with transaction.atomic():
        log_end.take()
        targets = insert(texts)
        generate.insert(list(_reactions(targets, userids, group, emoji)), COLUMNS)
        # As for each reaction that is sent.
        tally(targets)
    generate.analyze()
    return int(group)


def _reactions(
    targets: Sequence[int], userids: Sequence[str], group: int, emoji: int
) -> Iterator[tuple[Any, ...]]:
    for target in targets:
        for userid in userids:
            for sign in range(emoji):
                yield _row("reaction", userid, group, chr(0x1F600 + sign), target)


def _row(kind: str, sender: str, group: int, content: str, target: int | None = None) -> tuple[Any, ...]:
    """Return the values of `inserting.COLUMNS`."""
    return kind, sender, None, group, content, "", int(time.time()), target, None, None


def main(messages: int, people: int, emoji: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    django.setup()
    print(fill(messages, people, emoji))  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
