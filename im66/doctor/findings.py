"""What the doctor may find. A `Fault` is declared once; a `Finding` is a fault with its names and numbers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext


class Fault(NamedTuple):
    """`what` is wrong and the `remedy`: marked for translation, with names and numbers in `%(name)s`.
    `is_warning`: the server serves, but something is worse than it should be."""

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
        """In the active language."""
        return gettext(self.fault.what) % self.values

    @property
    def remedy(self) -> str:
        return gettext(self.fault.remedy) % self.values

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}"


Findings = Iterable[Finding]


class Check(NamedTuple):
    """`name`: in output and JSON. `title`: marked for translation. `look`: connects and yields findings. It
    runs in a thread that has its own connection to the database."""

    name: str
    title: str
    look: Callable[[], Findings]
