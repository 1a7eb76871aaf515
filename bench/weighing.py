"""Measures the bytes of a message, of its index entries, and of a person in each database: `python -m
bench.weighing`.

It measures the growth of the database, so the load of the machine does not matter.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.databases import DATABASES, Database, database
from bench.options import Sizes
from bench.processes import call
from bench.stage import Stage
from bench.subjects import IM66

_SIZE = """
from django.db import connection
with connection.cursor() as cursor:
    if connection.vendor == "sqlite":
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    else:
        cursor.execute("SELECT pg_database_size(current_database())")
    print(cursor.fetchone()[0])
"""
_ROWS = "from time import time; from bench.generate import insert, rows; insert(list(rows(%d, int(time()))))"
_PEOPLE = "from accounts.services import ensure_users; ensure_users([f'weighed{n}' for n in range(%d)])"


class Scales:
    """A database and its size at the last measurement."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self._folder, self._settings = folder, settings
        self._before = self._size()

    def run(self, *arguments: str) -> str:
        return call([sys.executable, *arguments], self._settings, self._folder)

    def shell(self, code: str) -> str:
        return self.run("manage.py", "shell", "--verbosity", "0", "--command", code)

    def weigh(self, number: int) -> float:
        """Return the growth since the last call, divided by `number`, the count of new objects."""
        before, self._before = self._before, self._size()
        return (self._before - before) / number

    def _size(self) -> int:
        return int(self.shell(_SIZE).split()[-1])


def weigh(base: Database, rows: int) -> dict[str, float]:
    """Return the bytes of a person, a message and its index entries."""
    # Without Redis: no other process uses the database.
    settings = {**base.settings(IM66, "-weighing"), "REDIS_URL": ""}
    Stage(base, Sizes()).make_tables(IM66, settings)
    scales = Scales(base.code, settings)
    scales.shell(_PEOPLE % rows)
    weights = {"person": scales.weigh(rows)}
    # The first rows also create people and groups, which must not count.
    scales.run("-m", "bench.generate", "1000")
    scales.weigh(1)
    scales.shell(_ROWS % rows)
    weights["message"] = scales.weigh(rows)
    scales.run("manage.py", "reindex")
    weights["index"] = scales.weigh(rows + 1000)
    return weights


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.weighing", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    rows = parser.parse_args().rows
    for name in DATABASES:
        with TemporaryDirectory() as folder, database(name, Path(folder)) as base:
            weights = weigh(base, rows)
        print(name, ", ".join(f"{what} {weight:.0f} bytes" for what, weight in weights.items()))  # noqa: T201


if __name__ == "__main__":
    main()
