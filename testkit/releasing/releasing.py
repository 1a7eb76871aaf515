"""Builds the files of a release: the wheel, the source, and the files for container engines.

They are built in a temporary folder, and copied to `dist` at the end.
"""

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
# Without messages about folders, also when make runs this.
CHECK = ("make", "--no-print-directory", "check")
SUMS = "SHA256SUMS"
# The files that build and start a container image.
CONTAINER_FILES = ("LICENSE", "deploy/container")

# Options for the same bytes on every machine, whatever its settings.
_REPRODUCIBLE = ("-c", "tar.umask=0022", "-c", "core.autocrlf=false")

_NEXT = """{tag} is signed, of commit {commit}. Nothing was pushed.

Next:
  git push --atomic origin {branch} {tag}
  .github/workflows/release.yml builds the tag again and publishes it."""


def release(root: Path, new: str, check: Sequence[str] = CHECK, *, dry_run: bool = False) -> str:
    """Run `check`, build the committed version `new`, and sign its tag. Return the next steps.

    A dry run does not tag. Raises ReleaseRefused if there can be no release. After a failure, no files
    remain.
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
        return f"{_file_list(folder)}\n\nA dry run: there is no tag {tag}."
    try:
        git("tag", "--sign", "--message", f"im66 {new}", tag, commit)
    except BaseException:
        shutil.rmtree(folder)
        raise
    return f"{_file_list(folder)}\n\n{_NEXT.format(tag=tag, commit=commit, branch=BRANCH)}"


def build_tagged(root: Path, new: str) -> str:
    """Build the version whose tag is checked out, and return the list of files. Raises ReleaseRefused."""
    git = Git(root)
    section = _require_ready(git, new)
    if version.tag_of(new) not in git("tag", "--points-at", "HEAD").split():
        raise ReleaseRefused(f"The tag {version.tag_of(new)} is not checked out.")
    return _file_list(_build(git, git("rev-parse", "HEAD"), section))


def _require_ready(git: Git, new: str) -> Section:
    version.check(git, new)
    if git("status", "--porcelain"):
        raise ReleaseRefused("Something is not committed.")
    return version.check_changelog((git.folder / "CHANGELOG.md").read_text(), new)


def _build(git: Git, commit: str, section: Section) -> Path:
    """Build the files of the release in `dist`, replacing those of an earlier attempt. Return their
    folder."""
    target = git.folder / "dist" / section.version
    with git.worktree(commit) as worktree, TemporaryDirectory(prefix="im66-release-") as built:
        _build_files(worktree, commit, section, Path(built))
        if target.exists():
            shutil.rmtree(target)
        shutil.copytree(built, target)
    return target


def _build_files(worktree: Git, commit: str, section: Section, folder: Path) -> None:
    name = f"im66-{section.version}"
    build(worktree.folder, folder)
    pack_container_files(worktree, commit, f"{name}-container", folder / f"{name}-container.tar.gz")
    committed_at = datetime.fromtimestamp(int(worktree("show", "--no-patch", "--format=%ct", commit)), UTC)
    source = sha256(folder / f"{name}.tar.gz")
    contents = Release(worktree.folder, section.version, commit, committed_at, source)
    (folder / f"{name}.cdx.json").write_text(sbom(contents))
    (folder / f"{name}-notes.md").write_text(f"{section.text.strip()}\n")
    write_sums(folder / SUMS, *sorted(folder.iterdir()))


def _file_list(folder: Path) -> str:
    return "\n".join(f"dist/{folder.name}/{path.name}" for path in sorted(folder.iterdir()))


def build(root: Path, target: Path) -> None:
    """Write the wheel and the source archive of `root`, reproducibly. Raises ReleaseRefused."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(target)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise ReleaseRefused(f"The package cannot be built: {done.stderr.strip()}")


def pack_container_files(git: Git, commit: str, name: str, target: Path) -> None:
    """Write an archive of a commit's files for containers, in a folder `name`, reproducibly."""
    archive = git.bytes(
        *_REPRODUCIBLE, "archive", "--format=tar", f"--prefix={name}/", commit, *CONTAINER_FILES
    )
    target.write_bytes(gzip.compress(archive, mtime=0))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_sums(target: Path, *files: Path) -> None:
    """Write the digests of the files in the format of `sha256sum --check`."""
    target.write_text("".join(f"{sha256(path)}  {path.name}\n" for path in files))
