"""Everything is made aside, and put in its place at the end."""

import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from testkit.releasing import archive, changelog, version
from testkit.releasing.errors import Refused
from testkit.releasing.git import Git
from testkit.releasing.sbom import Release, sbom

BRANCH = "main"
# Quiet about folders, also where make itself runs this.
CHECK = ("make", "--no-print-directory", "check")

_DONE = """{tag} is made, of commit {commit}. Nothing was pushed.

{files}

Next:
  git push --atomic origin {branch} {tag}
  Publish these files, and what CHANGELOG.md says of the version."""


def release(root: Path, new: str, check: Sequence[str] = CHECK) -> str:
    """Make that version of what is committed, after `check` has succeeded; return what to do next.

    Raises Refused if there can be no release. Whatever fails, nothing of it is left.
    """
    git = Git(root)
    _refuse_unless_ready(git, new)
    checked = git("rev-parse", "HEAD")
    if subprocess.run(check, cwd=root).returncode:
        raise Refused(f"{' '.join(check)} failed.")
    with git.aside(checked) as aside, TemporaryDirectory(prefix="im66-release-") as made:
        commit = _commit(aside, new)
        _make(aside, commit, new, Path(made))
        files = _put_in_place(git, commit, new, Path(made))
    listed = "\n".join(f"  {path.relative_to(root)}" for path in files)
    return _DONE.format(tag=version.tag_of(new), commit=commit, files=listed, branch=BRANCH)


def _refuse_unless_ready(git: Git, new: str) -> None:
    version.check(git, new)
    if git("branch", "--show-current") != BRANCH:
        raise Refused(f"Releases are made on the branch {BRANCH}.")
    if git("status", "--porcelain"):
        raise Refused("Something is not committed.")
    changelog.check((git.folder / "CHANGELOG.md").read_text(), new)


def _commit(aside: Git, new: str) -> str:
    page = aside.folder / "CHANGELOG.md"
    page.write_text(changelog.dated(page.read_text(), new, f"{datetime.now(UTC):%Y-%m-%d}"))
    version.write(aside.folder, new)
    # Without hooks: they are the checks, which were run.
    aside("commit", "--quiet", "--no-verify", "--all", "--message", f"Release {new}")
    return aside("rev-parse", "HEAD")


def _make(aside: Git, commit: str, new: str, folder: Path) -> None:
    """Write the archive, the list of its contents, and the digests of both."""
    name = f"im66-{new}"
    packed, listed = folder / f"{name}.tar.gz", folder / f"{name}.cdx.json"
    archive.pack(aside, commit, name, packed)
    made = datetime.fromtimestamp(int(aside("show", "--no-patch", "--format=%ct", commit)), UTC)
    listed.write_text(sbom(Release(aside.folder, new, commit, made, archive.sha256(packed))))
    archive.write_sums(folder / f"{name}.sha256", packed, listed)


def _put_in_place(git: Git, commit: str, new: str, made: Path) -> list[Path]:
    """The files, the tag, then the branch. If one fails, the others are taken back."""
    tag = version.tag_of(new)
    dist = git.folder / "dist"
    dist.mkdir(exist_ok=True)
    targets = [dist / path.name for path in sorted(made.iterdir())]
    try:
        for target in targets:
            shutil.move(made / target.name, target)
        git("tag", "--annotate", "--message", f"im66 {new}", tag, commit)
        git("merge", "--quiet", "--ff-only", commit)
    except BaseException:
        for target in targets:
            target.unlink(missing_ok=True)
        if git("tag", "--list", tag):
            git("tag", "--delete", tag)
        raise
    return targets
