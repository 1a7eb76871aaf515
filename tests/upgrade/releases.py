"""The releases that an upgrade must begin from, with their code, out of git's history."""

import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from testkit.server import ROOT


def releases() -> list[str]:
    """The tags of those before this commit, the oldest first."""
    return _git("tag", "--merged", "HEAD^", "--list", "v*", "--sort", "version:refname").decode().split()


def each_release(*, newest_only: bool = False) -> pytest.MarkDecorator:
    """Gives each of them to a test as `release`, or skips the test with the reason why there is none."""
    tags = releases()[-1:] if newest_only else releases()
    return pytest.mark.parametrize("release", tags or [pytest.param("", marks=pytest.mark.skip(_why_none()))])


def _why_none() -> str:
    if not shutil.which("git") or not (ROOT / ".git").exists():
        return "There is no history of git here."
    if _git("rev-parse", "--is-shallow-repository").strip() == b"true":
        return "The clone has no releases: git fetch --unshallow --tags"
    return "No release has been made yet."


def migrations_of(release: str) -> set[tuple[str, str]]:
    """Those that it has, as app and name."""
    listed = _git("ls-tree", "-r", "--name-only", release).decode().splitlines()
    paths = [Path(line) for line in listed if "/migrations/0" in line]
    return {(path.parts[0], path.stem) for path in paths}


def unpack(release: str, folder: Path) -> None:
    """Write its code into a folder."""
    with tarfile.open(fileobj=BytesIO(_git("archive", "--format=tar", release))) as archive:
        archive.extractall(folder, filter="data")


def _git(*arguments: str) -> bytes:
    """What it prints; nothing where there is no history."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        return b""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True).stdout
