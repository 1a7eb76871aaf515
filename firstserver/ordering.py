"""Merges all inboxes into one order.

Messages are ordered by their second. Within a second, each inbox keeps its order. Two inboxes can contradict
each other, because the first server appended a group's messages to them without a lock; then the earlier
inbox decides.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush
from itertools import groupby, islice
from operator import itemgetter

from firstserver.staging import Staging
from firstserver.track import Track

# A second with more waiting messages is ordered in portions, because memory is bounded.
MAX_SORTED_MESSAGES = 100_000

_WAITING = "SELECT second, list, message FROM waiting ORDER BY second, list, place"

# Pairs of list and message, ordered by list, and within a list by position.
ListedMessages = Iterable[tuple[int, int]]


def order_messages(staging: Staging, track: Track) -> None:
    """Create the table `ordered`: the position of each message in the log, from 1 on."""
    staging.execute("CREATE TABLE ordered (position INTEGER PRIMARY KEY, message INTEGER UNIQUE)")
    total = staging.number("SELECT count(*) FROM waiting")
    for _, second in groupby(track(staging.query(_WAITING), total, "messages sorted"), key=itemgetter(0)):
        listed = (row[1:] for row in second)
        while portion := list(islice(listed, MAX_SORTED_MESSAGES)):
            for message in merge(portion):
                staging.execute("INSERT OR IGNORE INTO ordered (message) VALUES (?)", message)


def merge(listed: ListedMessages) -> Iterator[int]:
    """Yield each message of one second once, after the messages that precede it in its lists."""
    after: defaultdict[int, list[int]] = defaultdict(list)
    preceding: dict[int, int] = {}
    for _, messages in groupby(listed, key=itemgetter(0)):
        previous = None
        for _, message in messages:
            preceding.setdefault(message, 0)
            if previous is not None:
                after[previous].append(message)
                preceding[message] += 1
            previous = message
    return _in_topological_order(after, preceding)


def _in_topological_order(after: defaultdict[int, list[int]], preceding: dict[int, int]) -> Iterator[int]:
    order_of = {message: number for number, message in enumerate(preceding)}
    messages = array("q", preceding)
    ready = [order_of[message] for message, count in preceding.items() if count == 0]
    heapify(ready)
    remaining = iter(messages)
    while preceding:
        if ready:
            message = messages[heappop(ready)]
        else:  # the inboxes contradict each other
            message = next(message for message in remaining if message in preceding)
        del preceding[message]
        yield message
        for next_ in after.pop(message, ()):
            if next_ in preceding:
                preceding[next_] -= 1
                if preceding[next_] == 0:
                    heappush(ready, order_of[next_])
