"""Faults, which are declared once, and findings: a `Finding` is a fault with its names and numbers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext


class Fault(NamedTuple):
    """`what`: the problem. It and the `remedy` are marked for translation, and have placeholders such as
    `%(name)s`. `is_warning`: the server serves in spite of it."""

    code: str
    what: str
    remedy: str
    is_warning: bool = False

    def finding(self, **values: object) -> "Finding":
        return Finding(self, values)


class Finding(NamedTuple):
    fault: Fault
    values: Mapping[str, Any]

    @property
    def what(self) -> str:
        """The problem in the active language."""
        return gettext(self.fault.what) % self.values

    @property
    def remedy(self) -> str:
        return gettext(self.fault.remedy) % self.values

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}"


Findings = Iterable[Finding]


class Check(NamedTuple):
    """`name`: in output and JSON. `title`: marked for translation. `run`: checks and yields findings, in a
    thread with its own connection to the database."""

    name: str
    title: str
    run: Callable[[], Findings]
