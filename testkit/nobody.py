"""Runs servers as a user who owns nothing: `python -m testkit.nobody COMMAND …` becomes COMMAND."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from testkit.availability import unavailable
from testkit.server import ROOT
from testkit.services import NOBODY

_NEEDED = "import django, PIL, av, daphne, im66"


def command(*arguments: str) -> list[str]:
    """A command that runs another one as the user nobody. Needs root."""
    return [sys.executable, "-m", __name__, *arguments]


def python(folder: Path) -> str:
    """A Python with everything the project needs that the user nobody can run. Ends the test if there is
    none."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    places = [Path("/usr/bin", name), Path("/usr/local/bin", name)]
    candidates = [Path(sys.executable), *(_environment(folder / place.parts[-3], place) for place in places)]
    path = next(filter(_runs, filter(Path.exists, candidates)), None)
    if os.geteuid() != 0 or path is None:
        unavailable(f"needs root, and a {name} that nobody may run")
    return str(path)


def give(folder: Path) -> None:
    """Give a folder and everything in it to the user nobody."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def _environment(folder: Path, base: Path) -> Path:
    """A virtual environment around `base` that has this one's packages."""
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
            command(str(program), "-c", _NEEDED), cwd=ROOT, capture_output=True, check=False
        ).returncode
    except OSError:
        return False


if __name__ == "__main__":
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    os.execv(sys.argv[1], sys.argv[1:])
