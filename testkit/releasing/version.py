"""The version: the package says it, tags name it."""

import re
from pathlib import Path

from packaging.version import Version

from testkit.releasing.errors import ReleaseRefused
from testkit.releasing.git import Git

_FORM = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}")
_LINE = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


def tag_of(version: str) -> str:
    return f"v{version}"


def current(root: Path) -> str:
    match = _LINE.search((root / "im66" / "__init__.py").read_text())
    assert match
    return match[1]


def check(git: Git, version: str) -> None:
    """Raises ReleaseRefused unless the package has this version."""
    if not _FORM.fullmatch(version):
        raise ReleaseRefused("Say which version, as in: make release VERSION=1.2.3.")
    if version != (ours := current(git.folder)):
        raise ReleaseRefused(f"im66/__init__.py says {ours}, not {version}.")


def check_next(git: Git, version: str) -> None:
    """Raises ReleaseRefused unless this may be tagged."""
    tags = git("tag", "--list", "v*").split()
    if tag_of(version) in tags:
        raise ReleaseRefused(f"There is a tag {tag_of(version)} already.")
    released = [tag.removeprefix("v") for tag in tags if _FORM.fullmatch(tag.removeprefix("v"))]
    highest = max([version, *released], key=Version)
    if version != highest:
        raise ReleaseRefused(f"{version} is not higher than {highest}.")
