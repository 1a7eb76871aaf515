"""Builds the files of a release: the wheel, the source, and what a container engine needs. They are built in
a temporary folder and moved to `dist` at the end."""

import gzip
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from testkit.releasing import version
from testkit.releasing.errors import ReleaseRefused
from testkit.releasing.git import Git
from testkit.releasing.sbom import Release, sbom
from testkit.releasing.version import Section

BRANCH = "main"
# Quiet about folders, also where make itself runs this.
CHECK = ("make", "--no-print-directory", "check")
SUMS = "SHA256SUMS"
# What makes the image, and what starts it.
OF_CONTAINERS = ("LICENSE", "deploy/container")

# The same bytes on every machine and with all settings.
_PLAIN = ("-c", "tar.umask=0022", "-c", "core.autocrlf=false")

_NEXT = """{tag} is signed, of commit {commit}. Nothing was pushed.

Next:
  git push --atomic origin {branch} {tag}
  .github/workflows/release.yml builds the tag again and publishes it."""


def release(root: Path, new: str, check: Sequence[str] = CHECK, *, dry_run: bool = False) -> str:
    """Build that version of what is committed, after `check` has succeeded, and sign its tag. A dry run does
    not tag. Returns what to do next.

    Raises ReleaseRefused if there can be no release. Whatever fails, nothing of it is left.
    """
    git = Git(root)
    section = _require_ready(git, new)
    version.check_next(git, new)
    if git("branch", "--show-current") != BRANCH:
        raise ReleaseRefused(f"Releases are made on the branch {BRANCH}.")
    commit, tag = git("rev-parse", "HEAD"), version.tag_of(new)
    if subprocess.run(check, cwd=root).returncode:
        raise ReleaseRefused(f"{' '.join(check)} failed.")
    folder = _build(git, commit, section)
    if dry_run:
        return f"{_listed(folder)}\n\nA dry run: there is no tag {tag}."
    try:
        git("tag", "--sign", "--message", f"im66 {new}", tag, commit)
    except BaseException:
        shutil.rmtree(folder)
        raise
    return f"{_listed(folder)}\n\n{_NEXT.format(tag=tag, commit=commit, branch=BRANCH)}"


def build_tagged(root: Path, new: str) -> str:
    """Build that version, whose tag is checked out; return the files. Raises ReleaseRefused."""
    git = Git(root)
    section = _require_ready(git, new)
    if version.tag_of(new) not in git("tag", "--points-at", "HEAD").split():
        raise ReleaseRefused(f"The tag {version.tag_of(new)} is not checked out.")
    return _listed(_build(git, git("rev-parse", "HEAD"), section))


def _require_ready(git: Git, new: str) -> Section:
    version.check(git, new)
    if git("status", "--porcelain"):
        raise ReleaseRefused("Something is not committed.")
    return version.check_changelog((git.folder / "CHANGELOG.md").read_text(), new)


def _build(git: Git, commit: str, section: Section) -> Path:
    """The folder in `dist` with the files of the release, in place of those of an earlier try."""
    target = git.folder / "dist" / section.version
    with git.aside(commit) as aside, TemporaryDirectory(prefix="im66-release-") as made:
        _make(aside, commit, section, Path(made))
        if target.exists():
            shutil.rmtree(target)
        shutil.copytree(made, target)
    return target


def _make(aside: Git, commit: str, section: Section, folder: Path) -> None:
    name = f"im66-{section.version}"
    build(aside.folder, folder)
    pack(aside, commit, f"{name}-container", folder / f"{name}-container.tar.gz")
    made = datetime.fromtimestamp(int(aside("show", "--no-patch", "--format=%ct", commit)), UTC)
    source = sha256(folder / f"{name}.tar.gz")
    contents = Release(aside.folder, section.version, commit, made, source)
    (folder / f"{name}.cdx.json").write_text(sbom(contents))
    (folder / f"{name}-notes.md").write_text(f"{section.text.strip()}\n")
    write_sums(folder / SUMS, *sorted(folder.iterdir()))


def _listed(folder: Path) -> str:
    return "\n".join(f"dist/{folder.name}/{path.name}" for path in sorted(folder.iterdir()))


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
