"""Long work in steps, between which the event loop serves others. Pure."""

import asyncio
import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

# After a longer step, the event loop is left to others for as long as the step took.
SHORT_STEP_SECONDS = 0.001

_Result = TypeVar("_Result")

# A generator that yields after each step of a few milliseconds, and returns the result. It yields a callable
# to run in a thread if that takes longer without holding the interpreter lock, and is sent its result.
Steps = Generator[Callable[[], Any] | None, Any, _Result]


def finish(steps: Steps[_Result]) -> _Result:
    """Run all steps without pauses. Raises what they raise."""
    returned: Any = None
    try:
        while True:
            call = steps.send(returned)
            returned = call and call()
    except StopIteration as end:
        result: _Result = end.value
        return result


async def take_turns(steps: Steps[_Result]) -> _Result:
    """Run the steps on the event loop, and yielded callables in a thread. Raises what they raise. A long
    step is followed by a pause of the same length: a login needs several iterations of the event loop, and
    would otherwise wait for a step in each."""
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
