"""The code of the version before, out of git's history."""

import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import ROOT

# Until there is a tag: the last commit before the browser client and the moderation desk. It knows both
# dialects, and the tables of the desk, of rules and of notices are new since then.
UNTAGGED = "2632b2482be432e85bfe475d8ed63ada657a21b6"


def unpack_version_before(folder: Path) -> str:
    """Write its code into a folder; return its tag or commit. The test is skipped where there is no history:
    in an archive, or in a clone that was cut off."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("Not in a clone, so the version before is not at hand.")
    named = _git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^").decode().strip() or UNTAGGED
    packed = _git("archive", "--format=tar", named)
    if not packed:
        _complain(named)
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return named


def _complain(named: str) -> None:
    if _git("rev-parse", "--is-shallow-repository") == b"true\n":
        pytest.skip(f"The history of this clone was cut off after {named}.")
    unavailable(f"{named} is not in the history")


def _git(*arguments: str) -> bytes:
    """What it prints; nothing if it fails."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True)
    return done.stdout if done.returncode == 0 else b""
