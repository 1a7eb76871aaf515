"""Run tests, and store which arcs of the code each one reaches."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from coverage import Coverage

from testkit.strength import contexts, following

ROOT = Path(__file__).resolve().parents[2]


def record(folder: Path, arguments: Sequence[str]) -> int:
    """Run pytest with these arguments; what it reached is added to `folder`. Returns pytest's exit code.

    The folder gets `reached`, a data file of coverage with a context for each test, `outcomes`, and `commit`.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True)
    (folder / "commit").write_text(head.stdout)
    settings = folder / "coverage.toml"
    settings.write_text(_settings(folder))
    environment = {
        **os.environ,
        "COVERAGE_PROCESS_START": str(settings),
        "PYTHONPATH": str(ROOT),
        contexts.VARIABLE: str(folder),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "pytest", "-p", contexts.__name__, *arguments]
    code = subprocess.run(command, cwd=ROOT, env=environment).returncode
    combine(folder)
    return code


def combine(folder: Path) -> None:
    """Add to `reached` what each process has left."""
    measured = Coverage(config_file=str(folder / "coverage.toml"), data_file=str(folder / "reached"))
    measured.load()
    measured.combine([str(path) for path in folder.glob("part.*")], strict=False)
    measured.save()


def _settings(folder: Path) -> str:
    """Those of `make coverage`, for this folder."""
    run = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage"]["run"]
    run |= {"plugins": [following.__name__], "data_file": str(folder / "part")}
    lines = [f"{name} = {_toml(value)}" for name, value in run.items()]
    return "\n".join(["[tool.coverage.run]", *lines, ""])


def _toml(value: object) -> str:
    """Of a flag, a text or a list of texts."""
    return str(value).lower() if isinstance(value, bool) else repr(value)
