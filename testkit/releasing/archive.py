"""The archive of a release: what is in its commit, and nothing else."""

import gzip
import hashlib
from pathlib import Path

from testkit.releasing.git import Git

# Whoever makes it, with whatever settings: the same bytes.
_PLAIN = ("-c", "tar.umask=0022", "-c", "core.autocrlf=false")


def pack(git: Git, commit: str, name: str, target: Path) -> None:
    """Write the files of a commit, in a folder of that name. The same commit gives the same bytes."""
    packed = git.bytes(*_PLAIN, "archive", "--format=tar", f"--prefix={name}/", commit)
    target.write_bytes(gzip.compress(packed, mtime=0))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_sums(target: Path, *files: Path) -> None:
    """Write the digests of files, as `sha256sum --check` reads them."""
    target.write_text("".join(f"{sha256(path)}  {path.name}\n" for path in files))
