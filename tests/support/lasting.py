"""What all tests of a folder share, and nobody needs any more when the run leaves the folder."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import pytest

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
    found: T = kept[key]
    return found
