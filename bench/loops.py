"""The event loop of the load generator: uvloop if it is installed, because it leaves more time to the
servers."""

import asyncio
from collections.abc import Coroutine
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run the coroutine, like asyncio.run."""
    factory = import_module("uvloop").new_event_loop if find_spec("uvloop") else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)
