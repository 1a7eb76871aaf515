"""A copy of a commit, in which one patch after the other is tried."""

import difflib
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


# The source of each file, before and after.
Sources = dict[str, tuple[str, str]]


class DoesNotApply(Exception):
    """The code has changed since the patch was made."""


class Scratch:
    """`folder` must be new, and in no git repository, or `git apply` skips what it is given."""

    def __init__(self, folder: Path, commit: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)
        self._date = time.time()

    @contextmanager
    def changed_by(self, patch: str) -> Iterator[Sources]:
        """Inside the block the code is changed. Gives the sources of the files. Raises DoesNotApply."""
        files = sorted(_files_of(patch))
        before = {file: self._read(file) for file in files}
        try:
            self._apply(patch)
            after = {file: self._read(file) for file in files}
            for file in files:
                self._date_anew(file)
            yield {file: (before[file] or "", after[file] or "") for file in files}
        finally:
            for file, content in before.items():
                self._write(file, content)

    def _apply(self, patch: str) -> None:
        command = ["git", "apply", "--whitespace=nowarn", "-"]
        done = subprocess.run(command, cwd=self.folder, input=patch, text=True, capture_output=True)
        if done.returncode:
            raise DoesNotApply(done.stderr)

    def _read(self, file: str) -> str | None:
        path = self.folder / file
        return path.read_text() if path.exists() else None

    def _write(self, file: str, content: str | None) -> None:
        path = self.folder / file
        if content is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        self._date_anew(file)

    def _date_anew(self, file: str) -> None:
        """Python compiles a module again if its size or its date in whole seconds has changed."""
        self._date += 1
        if (path := self.folder / file).exists():
            os.utime(path, (self._date, self._date))


def changed_lines(before: str, after: str) -> set[int]:
    """The lines of `before` that are not in `after`, and those next to what is new there."""
    lines: set[int] = set()
    matcher = difflib.SequenceMatcher(a=before.splitlines(), b=after.splitlines(), autojunk=False)
    for tag, start, end, _, _ in matcher.get_opcodes():
        if tag == "insert":
            lines |= {start, start + 1}
        elif tag != "equal":
            lines |= set(range(start + 1, end + 1))
    return lines


def _files_of(patch: str) -> set[str]:
    named = (line[4:] for line in patch.splitlines() if line.startswith(("--- ", "+++ ")))
    return {name.partition("/")[2].rstrip("\t") for name in named if name.startswith(("a/", "b/"))}
