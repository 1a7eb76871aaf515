"""Work in steps, between which others have the event loop. Pure."""

import asyncio
import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

# After a step that took longer, the event loop has as much time for others.
SHORT_STEP_SECONDS = 0.001

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
    """Take one step after the other, and the calls in a thread. Raises what they raise. A step that takes
    long is followed by as long a rest: somebody else's login needs several rounds of the event loop, and
    would wait for a step in each."""
    returned: Any = None
    while True:
        began = time.perf_counter()
        try:
            call = steps.send(returned)
        except StopIteration as end:
            result: _Result = end.value
            return result
        took = time.perf_counter() - began
        rest = took if took > SHORT_STEP_SECONDS else 0
        returned = await (asyncio.to_thread(call) if call else asyncio.sleep(rest))
