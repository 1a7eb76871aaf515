"""What is tried, and what became of it."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NOTICED, UNNOTICED, UNREACHED = "noticed", "unnoticed", "unreached"
# The tests take too long, or fail without the change as well.
UNSURE = "unsure"
# The code has changed, so that it cannot be tried.
OUTDATED = "outdated"
# How what pytest-timeout says begins; and what is known if that cannot end the test.
TOO_LONG = "Failed: Timeout"
GIVEN_UP = {"": TOO_LONG}


@dataclass
class Change:
    """A change of the code for the worse. `touched`: the tests that were written against it, if known."""

    id: str
    about: str
    patch: str
    touched: list[str] = field(default_factory=list)


@dataclass
class Trial:
    """What became of one: whether it was noticed, by which tests, how, and how many ran for how long."""

    change: Change
    outcome: str = UNREACHED
    noticed_by: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    ran: int = 0
    seconds: float = 0.0

    @property
    def took_too_long(self) -> bool:
        """Whether that is all that is noticed."""
        return bool(self.noticed_by) and all(failure.startswith(TOO_LONG) for failure in self.failures)


class Trials:
    """A file with a trial a line."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __iter__(self) -> Iterator[Trial]:
        if self._file.exists():
            for line in self._file.read_text().splitlines():
                read: dict[str, Any] = json.loads(line)
                yield Trial(**{**read, "change": Change(**read["change"])})

    def add(self, trial: Trial) -> None:
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(trial)) + "\n")
