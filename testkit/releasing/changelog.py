"""The changelog: a section for each version, the newest first, each with what operators must do."""

import re
from typing import NamedTuple

from testkit.releasing.errors import ReleaseRefused

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


def check(changelog: str, version: str) -> Section:
    """The newest section. Raises ReleaseRefused unless it is of this version, with a date, and complete."""
    newest = next(iter(sections(changelog)), None)
    if newest is None or newest.version != version:
        raise ReleaseRefused(f'CHANGELOG.md does not begin with "## {version} (DATE)".')
    if newest.date == UNRELEASED:
        raise ReleaseRefused(
            f"CHANGELOG.md says that {version} is {UNRELEASED}: write the date in place of it."
        )
    if not newest.parts.get(OPERATORS):
        raise ReleaseRefused(f'CHANGELOG.md does not say under {version}: "### {OPERATORS}".')
    return newest
