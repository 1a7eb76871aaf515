"""The files of a release: the wheel, the source, and what a container engine needs."""

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

from testkit.releasing.errors import ReleaseRefused
from testkit.releasing.git import Git

# What makes the image, and what starts it.
OF_CONTAINERS = ("LICENSE", "deploy/container")

# The same bytes on every machine and with all settings.
_PLAIN = ("-c", "tar.umask=0022", "-c", "core.autocrlf=false")


def build(root: Path, target: Path) -> None:
    """Write the wheel and the source archive of the files in `root`. The same files give the same bytes.
    Raises ReleaseRefused."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(target)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise ReleaseRefused(f"The package cannot be built: {done.stderr.strip()}")


def pack(git: Git, commit: str, name: str, target: Path) -> None:
    """Write what containers need of a commit, in a folder of that name. It always gives the same bytes."""
    packed = git.bytes(*_PLAIN, "archive", "--format=tar", f"--prefix={name}/", commit, *OF_CONTAINERS)
    target.write_bytes(gzip.compress(packed, mtime=0))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_sums(target: Path, *files: Path) -> None:
    """Write the digests of files, as `sha256sum --check` reads them."""
    target.write_text("".join(f"{sha256(path)}  {path.name}\n" for path in files))
