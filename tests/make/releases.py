"""A small project of which releases can be made."""

import shutil
import subprocess
from pathlib import Path

from testkit.availability import unavailable
from testkit.releasing.releasing import release
from testkit.releasing.sbom import LOCKS, VENDORED
from testkit.server import ROOT

SECTION = "### What operators must do\n\nRestart.\n\n### What is new\n\n- All of it.\n"
CHANGELOG = f"# Changelog\n\n## 0.2.0 (unreleased)\n\n{SECTION}\n## 0.1.0 (2026-01-01)\n\n{SECTION}"


class Project:
    """It was released once, as 0.1.0. `check` is what must succeed before a release."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.check = ["true"]

    def begin(self) -> None:
        self.write("im66/__init__.py", '"""A service."""\n\n__version__ = "0.1.0"\n')
        self.write("CHANGELOG.md", CHANGELOG)
        self.write("Makefile", "check:\n\t@echo The checks ran.\n")
        self.write(".gitignore", "/dist/\n")
        for name in (*LOCKS, str(VENDORED / "versions.json")):
            self.write(name, (ROOT / name).read_text())
        self.begin_history()
        self.git("tag", "-a", "-m", "im66 0.1.0", "v0.1.0")

    def begin_history(self) -> None:
        if not shutil.which("git"):
            unavailable("no git on PATH")
        self.git("init", "--quiet", "--initial-branch", "main")
        for name, value in {"user.name": "Alice", "user.email": "alice@example.org"}.items():
            self.git("config", name, value)
        self.commit()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Go on")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip()

    def release(self, version: str) -> str:
        return release(self.folder, version, self.check)

    def state(self) -> list[object]:
        """Whatever a release changes."""
        refs = self.git("for-each-ref", "--format=%(refname) %(objectname)")
        files = sorted(path.name for path in (self.folder / "dist").glob("*"))
        return [refs, self.git("status", "--porcelain"), self.git("worktree", "list"), files]
