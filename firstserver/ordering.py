"""Merges all inboxes into one order.

Time decides first. Within a second, each inbox keeps its own order. Two inboxes can contradict each other
there, because the first server put a group's messages into them without a lock; then the earlier one wins.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush
from itertools import groupby, islice
from operator import itemgetter

from firstserver.staging import Staging
from firstserver.track import Track

# A second with more waiting messages than this is put in order in parts, because memory is bounded.
MAX_SORTED_MESSAGES = 100_000

_WAITING = "SELECT second, list, message FROM waiting ORDER BY second, list, place"

# (list, message), in the order of the lists, and within a list in its own.
Found = Iterable[tuple[int, int]]


def order(staging: Staging, track: Track) -> None:
    """Make the table `ordered`: the position of each message in the log, from 1 on."""
    staging.change("CREATE TABLE ordered (position INTEGER PRIMARY KEY, message INTEGER UNIQUE)")
    total = staging.number("SELECT count(*) FROM waiting")
    for _, second in groupby(track(staging.ask(_WAITING), total, "messages sorted"), key=itemgetter(0)):
        found = (row[1:] for row in second)
        while part := list(islice(found, MAX_SORTED_MESSAGES)):
            for message in merge(part):
                staging.change("INSERT OR IGNORE INTO ordered (message) VALUES (?)", message)


def merge(found: Found) -> Iterator[int]:
    """Each message of one second once. It comes after those that precede it in its lists."""
    after: defaultdict[int, list[int]] = defaultdict(list)
    preceding: dict[int, int] = {}
    for _, messages in groupby(found, key=itemgetter(0)):
        previous = None
        for _, message in messages:
            preceding.setdefault(message, 0)
            if previous is not None:
                after[previous].append(message)
                preceding[message] += 1
            previous = message
    return _sorted(after, preceding)


def _sorted(after: defaultdict[int, list[int]], preceding: dict[int, int]) -> Iterator[int]:
    seen = {message: number for number, message in enumerate(preceding)}
    messages = array("q", preceding)
    free = [seen[message] for message, count in preceding.items() if count == 0]
    heapify(free)
    rest = iter(messages)
    while preceding:
        if free:
            message = messages[heappop(free)]
        else:  # the inboxes contradict each other
            message = next(message for message in rest if message in preceding)
        del preceding[message]
        yield message
        for next_ in after.pop(message, ()):
            if next_ in preceding:
                preceding[next_] -= 1
                if preceding[next_] == 0:
                    heappush(free, seen[next_])
