"""Fills an empty database with a history of ROWS rows: `python -m bench.generate ROWS`.

The rows go directly into the table, so the server must not run. One in twenty is between `alice` and `bob`,
one in twenty in group 1; the others are spread over a thousand people and a hundred groups. `alice` has read
everything, `late` nothing. A database that has this many rows already is not changed.
"""

import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice
from typing import Any

import django

Row = tuple[str, str, str | None, int | None, str, str, int]

COLUMNS = ("kind", "sender_id", "recipient_id", "group_id", "content", "extension", "timet")
PEOPLE, GROUPS, GROUP_SIZE, GROUPS_OF_ALICE = 1000, 100, 50, 10
ROWS_PER_SECOND = 5
# The vocabulary of the texts, the most common first.
WORDS = [f"w{rank}x" for rank in range(5000)]
HAN = [chr(0x4E00 + rank) for rank in range(5000)]
WEIGHTS = list(accumulate(1 / rank for rank in range(1, 5001)))
CHUNK = 20_000
BAR = 40


def rows(count: int, began: int) -> Iterator[Row]:
    """Yield this many rows, the same each time. `began`: the second of the first row."""
    chance = random.Random(count)
    for number in range(count):
        recipient, group = _recipient_of(number, chance)
        sender = _sender(number, recipient, chance)
        content = _content(number, chance.randint(20, 120), chance)
        yield "text", sender, recipient, group, content, "", began + number // ROWS_PER_SECOND


def _content(number: int, length: int, chance: random.Random) -> str:
    """Return a text of about `length` bytes: words or characters, a few of them frequent and most of them
    rare."""
    if number % 2:
        return f"message {number} " + "".join(chance.choices(HAN, cum_weights=WEIGHTS, k=length // 3))
    return f"message {number} " + " ".join(chance.choices(WORDS, cum_weights=WEIGHTS, k=length // 6))


def _recipient_of(number: int, chance: random.Random) -> tuple[str | None, int | None]:
    match number % 20:
        case 0:
            return ("alice", "bob")[number // 20 % 2], None
        case 1:
            return None, 1
        case place if place <= 10:
            return None, chance.randint(1, GROUPS)
        case _:
            return _person(chance), None


def _sender(number: int, recipient: str | None, chance: random.Random) -> str:
    others = {"alice": "bob", "bob": "alice"}
    return others.get(recipient or "") or _person(chance)


def _person(chance: random.Random) -> str:
    return f"u{chance.randrange(PEOPLE)}"


def generate(count: int) -> None:
    """Create the people, the groups and the rows."""
    from django.db import connection

    from log.models import Message

    began = int(time.time()) - count // ROWS_PER_SECOND - 1
    _make_people()
    Message.objects.update(timet=began)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    source, done = rows(count, began), 0
    while chunk := list(islice(source, CHUNK)):
        insert(chunk)
        done += len(chunk)
        _show_progress(done, count)
    _finish()


def _make_people() -> None:
    from accounts.services import ensure_users
    from groups.services import create_group

    ensure_users(["alice", "bob", "late", *(f"u{number}" for number in range(PEOPLE))])
    for group in range(GROUPS):
        members = [f"u{(group * 7 + number) % PEOPLE}" for number in range(GROUP_SIZE)]
        create_group(
            "alice" if group < GROUPS_OF_ALICE else "u0", [*_listeners(group), *members], f"group {group}"
        )


def _listeners(group: int) -> list[str]:
    return ["late"] if group < GROUPS_OF_ALICE else []


def insert(chunk: Sequence[Sequence[Any]], columns: Sequence[str] = COLUMNS) -> None:
    """Insert the rows into the log. They are values of these columns."""
    from django.db import connection, transaction

    names = ", ".join(columns)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY log_message ({names}) FROM STDIN") as copy:
                for row in chunk:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO log_message ({names}) VALUES ({marks})", chunk)


def analyze() -> None:
    """Let the database collect statistics, as PostgreSQL does by itself within a minute."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _finish() -> None:
    from accounts.models import User
    from log.positions import last_id

    User.objects.filter(pk="alice").update(delivered_id=last_id())
    analyze()


def _show_progress(done: int, count: int) -> None:
    full = BAR * done // count
    end = "\n" if done == count else ""
    sys.stderr.write(f"\r{'█' * full}{'·' * (BAR - full)} {done:,} of {count:,} rows{end}")
    sys.stderr.flush()


def main(count: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    django.setup()
    from log.positions import last_id

    if last_id() < count:
        generate(count)


if __name__ == "__main__":
    main(int(sys.argv[1]))
