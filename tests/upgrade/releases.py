"""The releases that an upgrade must begin from, with their code, out of git's history."""

import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from testkit.server import ROOT


def releases() -> list[str]:
    """The tags of those before this commit, the oldest first. An archive has no history, and so none."""
    return _git("tag", "--merged", "HEAD^", "--list", "v*", "--sort", "version:refname").decode().split()


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
