"""Searches in the log of a database, without a server: `python -m bench.searching SEARCHES`.

Indexes the rest of the log, reports that it is ready, and answers each line with SEARCHES searches: the
milliseconds of each as JSON.
"""

import json
import os
import random
import sys
import time

import django

from bench.generate import HAN, WEIGHTS, WORDS

# A person who can read many of the texts, and a person who can read few.
PEOPLE = ("alice", "u7")


def index() -> None:
    from chat.readers.reader import reader_lag
    from chat.readers.search_index import SearchIndex, reindex
    from log import positions

    if reader_lag(SearchIndex.name):
        for _ in reindex(positions.last_id()):
            pass


def search_once(userid: str, text: str) -> float:
    """Search once. Return the milliseconds."""
    from chat.readers.search import search

    began = time.perf_counter()
    search(userid, text)
    return (time.perf_counter() - began) * 1000


def texts(count: int) -> list[str]:
    """Return search terms, always the same: one or two words, or pairs of characters."""
    chance = random.Random(count)
    return [
        "".join(chance.choices(HAN, cum_weights=WEIGHTS, k=2))
        if number % 2
        else " ".join(chance.choices(WORDS, cum_weights=WEIGHTS, k=1 + number // 2 % 2))
        for number in range(count)
    ]


def main(count: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    django.setup()
    index()
    _print("ready")
    for _ in sys.stdin:
        took = [search_once(userid, text) for text in texts(count) for userid in PEOPLE]
        _print(json.dumps(took))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
