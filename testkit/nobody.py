"""Runs a command as the user nobody: `python -m testkit.nobody COMMAND …` executes COMMAND."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from testkit.availability import unavailable
from testkit.server import ROOT
from testkit.services import NOBODY

_IMPORTS = "import django, PIL, av, daphne, im66"


def command(*arguments: str) -> list[str]:
    """Return a command that runs the given command as the user nobody. It needs root."""
    return [sys.executable, "-m", __name__, *arguments]


def python(folder: Path) -> str:
    """Return the path of a Python with the project's dependencies that the user nobody can run.

    If there is none, call `unavailable`.
    """
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    bases = [Path("/usr/bin", name), Path("/usr/local/bin", name)]
    candidates = [Path(sys.executable), *(_environment(folder / base.parts[-3], base) for base in bases)]
    path = next(filter(_runs, filter(Path.exists, candidates)), None)
    if os.geteuid() != 0 or path is None:
        unavailable(f"needs root, and a {name} that nobody may run")
    return str(path)


def chown_to_nobody(folder: Path) -> None:
    """Make the user nobody the owner of a folder and its contents."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def _environment(folder: Path, base: Path) -> Path:
    """Create a virtual environment of the Python `base` with the packages of this one, and return its
    Python."""
    packages = folder / "lib" / base.name / "site-packages"
    packages.mkdir(parents=True, exist_ok=True)
    (packages / "project.pth").write_text(sysconfig.get_path("purelib"))
    (folder / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    program = folder / "bin" / "python"
    program.parent.mkdir(exist_ok=True)
    if not program.is_symlink():
        program.symlink_to(base)
    return program


def _runs(program: Path) -> bool:
    try:
        return not subprocess.run(
            command(str(program), "-c", _IMPORTS), cwd=ROOT, capture_output=True, check=False
        ).returncode
    except OSError:
        return False


if __name__ == "__main__":
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    os.execv(sys.argv[1], sys.argv[1:])
