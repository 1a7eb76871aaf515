"""Counts what was left out or changed, and why."""

from collections import Counter, defaultdict

EXAMPLES = 5
_LENGTH = 60


class ImportReport:
    """A report of problems. `note` takes a text that follows a number: "group hashes without a creator"."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._examples: defaultdict[str, list[str]] = defaultdict(list)

    def note(self, what: str, example: str, count: int = 1) -> None:
        """Increase the count of `what`, and keep the first few examples."""
        self._counts[what] += count
        if len(self._examples[what]) < EXAMPLES:
            self._examples[what].append(_shortened(example))

    def lines(self) -> list[str]:
        """Return one line for each text that was noted."""
        return [
            f"  {count:,} {what}: {', '.join(self._examples[what])}{', …' if count > EXAMPLES else ''}"
            for what, count in sorted(self._counts.items())
        ]


def _shortened(example: str) -> str:
    # The repr is on one line, whatever the example contains.
    printed = repr(example)
    return printed if len(printed) <= _LENGTH else f"{printed[:_LENGTH]}…"
