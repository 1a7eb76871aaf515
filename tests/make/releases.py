"""A small project of which releases can be made."""

import shutil
import subprocess
from pathlib import Path

from testkit.availability import unavailable
from testkit.releasing.releasing import CONTAINER_FILES, release
from testkit.releasing.sbom import LOCKS, VENDORED
from testkit.server import ROOT

SECTION = "### What operators must do\n\nRestart.\n\n### What is new\n\n- All of it.\n"
CHANGELOG = f"# Changelog\n\n## 0.2.0 (2026-02-01)\n\n{SECTION}\n## 0.1.0 (2026-01-01)\n\n{SECTION}"
INIT = '"""A service."""\n\n__version__ = "0.2.0"\n'
PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "im66"
dynamic = ["version"]
[tool.hatch.version]
path = "im66/__init__.py"
"""


class Project:
    """It was released once, as 0.1.0, and 0.2.0 is ready. `check` is what must succeed before a release."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.check = ["true"]

    def begin(self) -> None:
        self.write("im66/__init__.py", INIT)
        self.write("pyproject.toml", PYPROJECT)
        self.write("CHANGELOG.md", CHANGELOG)
        self.write("Makefile", "check:\n\t@echo The checks ran.\n")
        self.write(".gitignore", "/dist/\n")
        for name in (*LOCKS, str(VENDORED / "versions.json")):
            self.write(name, (ROOT / name).read_text())
        for name in CONTAINER_FILES:
            self.write(name, "Text.\n")
        self.begin_history()
        self.git("tag", "v0.1.0")

    def begin_history(self) -> None:
        if missing := [name for name in ("git", "ssh-keygen") if not shutil.which(name)]:
            unavailable(f"no {' and no '.join(missing)} on PATH")
        key = self.folder.with_name(f"{self.folder.name}-key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        signers = self.folder.with_name(f"{self.folder.name}-signers")
        signers.write_text(f"alice@example.org {key.with_suffix('.pub').read_text()}")
        self.git("init", "--quiet", "--initial-branch", "main")
        for name, value in {
            "user.name": "Alice",
            "user.email": "alice@example.org",
            "user.signingkey": str(key),
            "gpg.format": "ssh",
            "gpg.ssh.allowedSignersFile": str(signers),
        }.items():
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

    def release(self, version: str = "0.2.0", *, dry_run: bool = False) -> str:
        return release(self.folder, version, self.check, dry_run=dry_run)

    def state(self) -> list[object]:
        """Whatever a release changes."""
        refs = self.git("for-each-ref", "--format=%(refname) %(objectname)")
        files = sorted(path.name for path in (self.folder / "dist").rglob("*"))
        return [refs, self.git("status", "--porcelain"), self.git("worktree", "list"), files]
