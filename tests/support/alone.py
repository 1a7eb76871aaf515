"""Runs tests that measure durations while no other test runs in any process."""

import os
from collections.abc import Generator
from fcntl import LOCK_EX, LOCK_SH, LOCK_UN, flock
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

MARKER = "alone"
_FOLDER = "turns"


def register(config: pytest.Config) -> None:
    """Coordinate the processes of a test run. Do nothing if there is only one process."""
    value = getattr(config, "workerinput", None)
    plugin = Turns(Path(value[_FOLDER])) if value else _Folder()
    config.pluginmanager.register(plugin)
    config.add_cleanup(plugin.close)


class _Folder:
    """Passes the folder of the lock files to all worker processes."""

    def __init__(self) -> None:
        self._made = TemporaryDirectory(prefix="im66-turns-")
        self.close = self._made.cleanup

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_FOLDER] = self._made.name


class Turns:
    """Makes tests in one worker process wait for their turn."""

    def __init__(self, folder: Path) -> None:
        self._place = _open(folder / "place")
        # A waiting exclusive test keeps the queue lock. Otherwise tests with shared locks could starve it.
        self._door = _open(folder / "door")
        self._is_alone = False

    def close(self) -> None:
        os.close(self._place)
        os.close(self._door)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        self._begin(is_alone(item))
        try:
            return (yield)
        finally:
            self._end(nextitem is not None and is_alone(nextitem))

    def _begin(self, alone: bool) -> None:
        if self._is_alone:
            return
        flock(self._door, LOCK_EX)
        flock(self._place, LOCK_EX if alone else LOCK_SH)
        self._is_alone = alone
        if not alone:
            flock(self._door, LOCK_UN)

    def _end(self, stays: bool) -> None:
        """Release the locks. Between consecutive exclusive tests no other test may start, because it could
        take long."""
        if self._is_alone and stays:
            return
        flock(self._place, LOCK_UN)
        flock(self._door, LOCK_UN)
        self._is_alone = False


def is_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker(MARKER) is not None


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
