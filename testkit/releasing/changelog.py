"""The changelog: a section for each version, the newest first, each with what operators must do."""

import re
from typing import NamedTuple

from testkit.releasing.errors import Refused

OPERATORS = "What operators must do"
UNRELEASED = "unreleased"

_SECTION = re.compile(r"^## (\S+) \((.+)\)$", re.MULTILINE)
_PART = re.compile(r"^### (.+)$", re.MULTILINE)


class Section(NamedTuple):
    """What is written of one version. `date`: of its release, or `unreleased`."""

    version: str
    date: str
    text: str

    @property
    def parts(self) -> dict[str, str]:
        """The text under each of its headings."""
        pieces = _PART.split(self.text)
        return {title: text.strip() for title, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def sections(changelog: str) -> list[Section]:
    pieces = _SECTION.split(changelog)
    return [Section(*three) for three in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True)]


def check(changelog: str, version: str) -> None:
    """Raises Refused unless the newest section is of this version, not released, and complete."""
    found = next(iter(sections(changelog)), None)
    if found is None or found.version != version:
        raise Refused(f'CHANGELOG.md does not begin with "## {version} ({UNRELEASED})".')
    if found.date != UNRELEASED:
        raise Refused(f"CHANGELOG.md says that {version} was released on {found.date}.")
    if not found.parts.get(OPERATORS):
        raise Refused(f'CHANGELOG.md does not say under {version}: "### {OPERATORS}".')


def dated(changelog: str, version: str, date: str) -> str:
    """The changelog once that version is released."""
    return changelog.replace(f"## {version} ({UNRELEASED})\n", f"## {version} ({date})\n", 1)
