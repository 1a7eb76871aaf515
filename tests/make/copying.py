"""A fresh copy of this project."""

import shutil
import subprocess
from pathlib import Path

from testkit.server import ROOT


def copy_of_this_project(folder: Path) -> None:
    """What git knows of it, or would add; without git, all but what is made here."""
    if (ROOT / ".git").exists():
        known = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(known, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
    else:
        made = shutil.ignore_patterns(".venv", "var", "dist", "node_modules", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, folder, ignore=made, dirs_exist_ok=True)
