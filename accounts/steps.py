"""Work in steps, between which others have the event loop. Pure."""

import asyncio
from collections.abc import Generator
from typing import TypeVar

_Result = TypeVar("_Result")

# Yields after each step of a few milliseconds at most, and returns the result.
Steps = Generator[None, None, _Result]


def finish(steps: Steps[_Result]) -> _Result:
    """Take all steps at once. Raises what they raise."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: _Result = end.value
            return result


async def take_turns(steps: Steps[_Result]) -> _Result:
    """Take one step each time that the event loop has come round. Raises what they raise."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: _Result = end.value
            return result
        await asyncio.sleep(0)
