"""Resources shared by all tests of a folder, and released when the test run leaves the folder."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from tests.support.tiers import folder_of

T = TypeVar("T")
_KEPT = pytest.StashKey[dict[object, Any]]()


def in_folder(
    request: pytest.FixtureRequest, key: object, make: Callable[[], AbstractContextManager[T]]
) -> T:
    """Return the resource that `make` creates, once per key and folder of the requesting test.

    It is closed after the folder's last test. An idle server keeps polling its database, and thirty of them
    would take a quarter of a processor.
    """
    folder = next(node for node in request.node.iter_parents() if isinstance(node, pytest.Dir))
    kept = folder.stash.setdefault(_KEPT, {})
    if key not in kept:
        made = make()
        kept[key] = made.__enter__()

        def end() -> None:
            del kept[key]
            made.__exit__(None, None, None)

        folder.addfinalizer(end)
    result: T = kept[key]
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "_ByFolder | None":
    """Return None to let xdist choose."""
    return _ByFolder(config, log) if config.getoption("dist") == "loadfile" else None


class _ByFolder(LoadFileScheduling):
    """Assigns the files of one folder to the same process, so that shared resources are created once.

    Processes that wait in one folder then run in parallel with others that compute. The longest remaining
    file determines the next folder of a process.
    """

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        self._folders: dict[WorkerController, str] = {}

    def _assign_work_unit(self, node: WorkerController) -> None:
        file = self._choose(node)
        self._folders[node] = folder_of(file)
        self.workqueue.move_to_end(file, last=False)
        super()._assign_work_unit(node)

    def _choose(self, node: WorkerController) -> str:
        mine = self._folders.get(node)
        taken = self._folders.values()
        # The order of the queue decides between equals.
        return min(self.workqueue, key=lambda file: (folder_of(file) != mine, folder_of(file) in taken))
