"""Runs git in a folder."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from testkit.releasing.errors import ReleaseRefused


class Git:
    """Runs git in a folder. Raises ReleaseRefused with git's message if it fails."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str) -> str:
        return self.bytes(*arguments).decode().strip()

    def bytes(self, *arguments: str) -> bytes:
        """Run git, and return its output as bytes."""
        done = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True)
        if done.returncode:
            raise ReleaseRefused(f"git {arguments[0]}: {' '.join(done.stderr.decode().split())}")
        return done.stdout

    @contextmanager
    def worktree(self, commit: str) -> Iterator["Git"]:
        """Check out the commit into a temporary worktree inside the block."""
        with TemporaryDirectory(prefix="im66-release-") as folder:
            self("worktree", "add", "--quiet", "--detach", folder, commit)
            try:
                yield Git(Path(folder))
            finally:
                self("worktree", "remove", "--force", folder)
