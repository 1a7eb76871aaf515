"""Fills an empty database with COUNT rules that match no text of the benches: `python -m bench.rules COUNT`.

With `announced` after it, running servers load them.

Half of the rules are Chinese, half English; one in four matches whole words, one in a hundred is a regular
expression. The rules go directly into the table.
"""

import os
import random
import sys
from collections.abc import Iterator
from typing import NamedTuple

import django

HAN = [chr(0x4E00 + number) for number in range(5000)]
LETTERS = "abcdefghijklmnopqrstuvwyz"  # without the letter that texts of the benches are padded with
EFFECTS = ("block", "mask", "hold")


class GeneratedRule(NamedTuple):
    pattern: str
    match: str
    effect: str


def rules(count: int) -> Iterator[GeneratedRule]:
    """Yield this many rules, the same each time."""
    chance = random.Random(count)
    for number in range(count):
        words = HAN if number % 2 else LETTERS
        pattern = "".join(
            chance.choices(words, k=chance.randint(3, 5) if number % 2 else chance.randint(6, 10))
        )
        effect = EFFECTS[number % len(EFFECTS)]
        if number % 100 == 0:
            yield GeneratedRule(f"{pattern}[0-9]{{5,11}}", "re2", effect)
        else:
            yield GeneratedRule(pattern, "word" if number % 4 == 0 else "literal", effect)


def fill(count: int) -> None:
    """Create this many rules, unless there are any already."""
    from moderation.models import Rule

    if not Rule.objects.exists():
        Rule.objects.bulk_create(Rule(**made._asdict(), made_by="bench") for made in rules(count))


def announce() -> None:
    """Notify running servers of the rules, as the desk does."""
    from accounts.account_status import Change
    from accounts.services import ensure_users
    from log import changes

    ensure_users(["announcing"])
    changes.append_account_status("announcing", Change(rules=True))


def main(count: int, *then: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    django.setup()
    fill(count)
    if then:
        announce()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
