"""Runs pytest in processes that begin with the libraries imported, which is most of a short run."""

import importlib
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

from testkit import nursery

_PLUGINS = tuple(entry.module for entry in entry_points(group="pytest11"))
_POLL_SECONDS = 0.02


def load() -> None:
    """Import the libraries. None of them may start a thread."""
    for name in ("pytest", *_PLUGINS, *nursery.LIBRARIES):
        importlib.import_module(name)


def run_pytest(
    root: Path, arguments: Sequence[str], plugin: object, seconds: float, database: Path | None = None
) -> int | None:
    """Run the tests of the tree at `root`, and end all processes that they started.

    Returns the exit code, or None if they took longer than `seconds`.

    `database`: a database of the tests, with all tables; it is copied.
    """
    own = root / "var"
    own.mkdir(exist_ok=True)
    pid = os.fork()
    if not pid:
        os._exit(be_pytest(root, arguments, plugin, database))
    try:
        return wait(pid, seconds)
    finally:
        for file in own.glob(f"test-{pid}.sqlite3*"):
            file.unlink()


def wait(pid: int, seconds: float) -> int | None:
    """The exit code of a process that leads a group, or None if it takes longer. The group is ended."""
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(_POLL_SECONDS)
        return None
    finally:
        _end_group(pid)


def be_pytest(root: Path, arguments: Sequence[str], plugin: object, database: Path | None) -> int:
    """In a process that was forked for it: run the tests, and return the exit code."""
    os.setsid()
    log = os.open(root / "var" / "pytest.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        os.chdir(root)
        _forget_modules_of_other_trees(root)
        if database:
            shutil.copy(database, root / "var" / f"test-{os.getpid()}.sqlite3")
        options = ["--assert=plain", "-p", "no:cacheprovider", *(["--reuse-db"] if database else [])]
        import pytest

        return int(pytest.main([*options, *arguments], plugins=[plugin]))
    except BaseException:
        traceback.print_exc()
        return 3
    finally:
        sys.stdout.flush()


def _forget_modules_of_other_trees(root: Path) -> None:
    ours = {path.name for path in root.iterdir() if path.is_dir()} | {"manage", "__main__"}
    for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
        del sys.modules[name]
    sys.path[:] = [str(root), *(path for path in sys.path[1:] if path)]


def _end_group(pid: int) -> None:
    """The servers of its tests are in its group."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        return
