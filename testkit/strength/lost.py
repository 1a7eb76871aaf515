"""Which arcs of the code tests used to reach, and no longer do."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from testkit.strength.reached import Arc, Record, within_functions


def lost(
    before: Record, remaining: Collection[str], after: Sequence[Record], tree: Path
) -> Iterator[tuple[str, list[Arc], list[str]]]:
    """Of each file that has any, the arcs that only tests which do not remain reached before, and nothing
    reaches in the records after; and some of those tests. Code that has changed is not compared.

    `tree`: the code that was recorded.
    """
    for file in sorted(before.files):
        if not (tree / file).exists():
            continue
        gone = before.arcs(file) - before.arcs(file, {*remaining, ""})
        for record in after:
            gone -= record.arcs(file)
        if arcs := sorted(within_functions(gone, (tree / file).read_text())):
            lines = {abs(line) for arc in arcs for line in arc}
            yield file, arcs, sorted(before.tests_at(file, lines) - set(remaining))[:3]
