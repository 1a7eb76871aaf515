"""The version of the package, its tag, and its section in the changelog."""

import re
from pathlib import Path
from typing import NamedTuple

from packaging.version import Version

from testkit.releasing.errors import ReleaseRefused
from testkit.releasing.git import Git

OPERATORS = "What operators must do"
UNRELEASED = "unreleased"

_FORM = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}")
_SECTION = re.compile(r"^## (\S+) \((.+)\)$", re.MULTILINE)
_PART = re.compile(r"^### (.+)$", re.MULTILINE)
_LINE = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


def tag_of(version: str) -> str:
    return f"v{version}"


def current(root: Path) -> str:
    match = _LINE.search((root / "im66" / "__init__.py").read_text())
    assert match
    return match[1]


def check(git: Git, version: str) -> None:
    """Raise ReleaseRefused unless the package has this version."""
    if not _FORM.fullmatch(version):
        raise ReleaseRefused("Say which version, as in: make release VERSION=1.2.3.")
    if version != (ours := current(git.folder)):
        raise ReleaseRefused(f"im66/__init__.py says {ours}, not {version}.")


def check_next(git: Git, version: str) -> None:
    """Raise ReleaseRefused if the version is tagged already, or is not the highest."""
    tags = git("tag", "--list", "v*").split()
    if tag_of(version) in tags:
        raise ReleaseRefused(f"There is a tag {tag_of(version)} already.")
    released = [tag.removeprefix("v") for tag in tags if _FORM.fullmatch(tag.removeprefix("v"))]
    highest = max([version, *released], key=Version)
    if version != highest:
        raise ReleaseRefused(f"{version} is not higher than {highest}.")


class Section(NamedTuple):
    """The changelog's section on a version. `date` is the date of its release, or `unreleased`."""

    version: str
    date: str
    text: str

    @property
    def parts(self) -> dict[str, str]:
        """The text under each heading of the section."""
        pieces = _PART.split(self.text)
        return {title: text.strip() for title, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def sections(changelog: str) -> list[Section]:
    pieces = _SECTION.split(changelog)
    return [Section(*fields) for fields in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True)]


def check_changelog(changelog: str, version: str) -> Section:
    """Return the newest section. Raises ReleaseRefused unless it is complete, dated and of this version."""
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
