"""Senders and recipients of whom is known that the one may write to the other, so that nothing is read for
their next message. Pure.

What is known of a recipient to whom everybody may write, only the recipient changes: the log says when. To
others, people may write because they share a group, for example. So all that is known of these is forgotten
when somebody leaves any group.
"""

from log.rows import BlockChange

Pair = tuple[str, str]

# How many pairs are remembered, and how many of those with recipients to whom not everybody may write.
MAX_PAIRS = 100_000
MAX_GUARDED_PAIRS = 10_000


class KnownPairs:
    """`changes` counts what may have ended that somebody may write."""

    def __init__(self) -> None:
        self.changes = 0
        # In which order they came to be known.
        self._pairs: dict[Pair, int] = {}
        self._number = 0
        # Of recipients who have changed their rules: which pairs are known since.
        self._valid_from: dict[str, int] = {}
        self._guarded: set[Pair] = set()

    def __contains__(self, pair: object) -> bool:
        number = self._pairs.get(pair)  # type: ignore[call-overload]
        if number is None:
            return pair in self._guarded
        return not self._valid_from or number >= self._valid_from.get(pair[1], 0)  # type: ignore[index]

    def add(self, pair: Pair, *, is_guarded: bool) -> None:
        """`is_guarded`: not everybody may write to the recipient."""
        if is_guarded:
            if len(self._guarded) >= MAX_GUARDED_PAIRS:
                self._guarded = set()
            self._guarded.add(pair)
            return
        if len(self._pairs) >= MAX_PAIRS or len(self._valid_from) >= MAX_PAIRS:
            self._pairs, self._valid_from = {}, {}
        self._number += 1
        self._pairs[pair] = self._number

    def forget(self, change: BlockChange) -> None:
        """Somebody is blocked, or no contact any more. If both are the same, the rules are others."""
        self.changes += 1
        if change.blocker == change.blocked:
            self._valid_from[change.blocker] = self._number + 1
            self._guarded = set()
        else:
            pair = (change.blocked, change.blocker)
            self._pairs.pop(pair, None)
            self._guarded.discard(pair)

    def forget_guarded(self) -> None:
        """Somebody has left a group."""
        self.changes += 1
        self._guarded = set()

    def clear(self) -> None:
        self._pairs, self._valid_from, self._guarded = {}, {}, set()
