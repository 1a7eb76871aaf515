"""What all tests of a folder share, and nobody needs any more when the run leaves the folder."""

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
    """What `make` makes, once for all that ask under this key in the folder of the requesting test's file. It
    is ended when the last test of the folder that comes here has run: a server that nobody asks anything goes
    on looking at its database, and thirty of them take a quarter of a processor from the tests that run."""
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
    """None lets xdist decide."""
    return _ByFolder(config, log) if config.getoption("dist") == "loadfile" else None


class _ByFolder(LoadFileScheduling):
    """Gives a process the files of one folder after the other: what they share is made once, and processes
    that wait in one folder run beside those that compute in another. The first file that is left, which takes
    longest, decides to which folder a process goes."""

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
        # In the order of the queue, as it is with all that are as good.
        return min(self.workqueue, key=lambda file: (folder_of(file) != mine, folder_of(file) in taken))
