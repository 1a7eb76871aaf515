"""An exact account of messages sent and received. Pure.

Every sender numbers its messages from 1, and every receiver keeps an inbox. A message that is not in the
inbox at the end is lost; one that arrives again is a duplicate; one that arrives after a later one of the
same sender is late.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """The totals of all inboxes. `arrived` counts each delivery once."""

    arrived: int = 0
    lost: int = 0
    duplicates: int = 0
    late: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether everything arrived, once and in order."""
        return not (self.lost or self.duplicates or self.late)

    def __add__(self, other: "Account") -> "Account":
        return Account(
            self.arrived + other.arrived,
            self.lost + other.lost,
            self.duplicates + other.duplicates,
            self.late + other.late,
        )


class Inbox:
    """The messages that one receiver has received."""

    def __init__(self) -> None:
        self._highest: dict[bytes, int] = {}
        self._skipped: set[tuple[bytes, int]] = set()
        self._counts: Counter[str] = Counter()

    def take(self, sender: bytes, number: int) -> bool:
        """Record an arrival. Return whether it is the first one of the message."""
        due = self._highest.get(sender, 0) + 1
        if number == due:
            self._highest[sender] = number
            return True
        return self._take_unexpected(sender, number, due)

    def account(self, sent: Mapping[bytes, int]) -> Account:
        """Return the account of this inbox. `sent`: how many messages each sender sent to this receiver."""
        missing = len(self._skipped)
        missing += sum(max(0, count - self._highest.get(sender, 0)) for sender, count in sent.items())
        return Account(
            sum(self._highest.values()) - len(self._skipped),
            missing,
            self._counts["duplicates"],
            self._counts["late"],
        )

    def _take_unexpected(self, sender: bytes, number: int, due: int) -> bool:
        if number > due:
            self._skipped.update((sender, skipped) for skipped in range(due, number))
            self._highest[sender] = number
            return True
        if (sender, number) in self._skipped:
            self._skipped.remove((sender, number))
            self._counts["late"] += 1
            return True
        self._counts["duplicates"] += 1
        return False


def total(accounts: Iterable[Account]) -> Account:
    """Return the sum of the accounts."""
    return sum(accounts, Account())
