"""Lists the first conversations of a person who has 500 of them: `python -m bench.conversing ROWS`.

Fills an empty database first, with a log of ROWS rows. The person's rows have the same number in a log of any
size and are evenly spread; the others are between other people. The first line of output tells how the
database finds the conversations. Then it answers each line of input with the milliseconds of one list.
"""

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from itertools import islice

import django

PERSON = "alice"
WITH_PEOPLE, IN_GROUPS = 300, 200
CONVERSATIONS = WITH_PEOPLE + IN_GROUPS
# The conversations that the web client lists at first.
ROWS_OF_A_PAGE = 50
# Rows of each conversation; the later half of them is unread.
ROWS_OF_EACH = 4
CHUNK = 20_000

Row = tuple[str, str, str | None, int | None, str, str, int]


def rows(count: int, groups: list[int], began: int) -> Iterator[Row]:
    """Yield this many rows, the same each time."""
    chance = random.Random(count)
    every = count // (CONVERSATIONS * ROWS_OF_EACH)
    addressees: tuple[str, str | None, int | None]
    for number in range(count):
        index, remainder = divmod(number, every)
        if remainder or index >= CONVERSATIONS * ROWS_OF_EACH:
            addressees = _person(chance), _person(chance), None
        else:
            addressees = _conversation_of_person(index % CONVERSATIONS, groups)
        yield "text", *addressees, f"message {number}".ljust(60, "x"), "", began + number // 5


def _conversation_of_person(conversation: int, groups: list[int]) -> tuple[str, str | None, int | None]:
    if conversation < WITH_PEOPLE:
        return f"u{conversation}", PERSON, None
    return "u0", None, groups[conversation - WITH_PEOPLE]


def _person(chance: random.Random) -> str:
    return f"u{chance.randrange(1000)}"


def fill(count: int) -> None:
    """Create the people, the groups, the rows and the read marks."""
    from accounts.services import ensure_users
    from bench.generate import analyze, insert
    from groups.services import create_group
    from log.pairs import begin_from_log, begin_in_groups
    from log.positions import last_id

    ensure_users([PERSON, *(f"u{number}" for number in range(1000))])
    groups = [create_group("u0", [PERSON], f"group {number}").pk for number in range(IN_GROUPS)]
    first = last_id()
    source = rows(count, groups, int(time.time()))
    while chunk := list(islice(source, CHUNK)):
        insert(chunk)
    begin_from_log(first + count // 2)
    begin_in_groups(first + count // 2)
    analyze()


def main(count: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    django.setup()
    from bench.plans import slow_steps
    from chat.reading.listing import MAIN, page_of
    from log.positions import last_id

    if last_id() < count:
        fill(count)
    # The first page also reads the last row of the log, which looks like reading all of it.
    after = page_of(PERSON, ROWS_OF_A_PAGE, folder=MAIN).next
    _print({"conversations": slow_steps(lambda: page_of(PERSON, ROWS_OF_A_PAGE, after, MAIN))})
    for _ in sys.stdin:
        began = time.perf_counter()
        listed = page_of(PERSON, ROWS_OF_A_PAGE, folder=MAIN).listed
        milliseconds = (time.perf_counter() - began) * 1000
        assert len(listed) == ROWS_OF_A_PAGE
        assert {conversation.unread for conversation in listed} == {ROWS_OF_EACH // 2}
        _print(milliseconds)


def _print(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
