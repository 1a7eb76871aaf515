"""Work in steps, between which others have the event loop. Pure."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, TypeVar

_Result = TypeVar("_Result")

# Yields after each step of a few milliseconds at most, and returns the result. What takes longer, without
# holding the interpreter, it yields as a call, and is sent what that returns.
Steps = Generator[Callable[[], Any] | None, Any, _Result]


def finish(steps: Steps[_Result]) -> _Result:
    """Take all steps at once. Raises what they raise."""
    returned: Any = None
    try:
        while True:
            call = steps.send(returned)
            returned = call and call()
    except StopIteration as end:
        result: _Result = end.value
        return result


async def take_turns(steps: Steps[_Result]) -> _Result:
    """Take one step each time that the event loop has come round, and the calls in a thread. Raises what they
    raise."""
    returned: Any = None
    while True:
        try:
            call = steps.send(returned)
        except StopIteration as end:
            result: _Result = end.value
            return result
        returned = await (asyncio.to_thread(call) if call else asyncio.sleep(0))
