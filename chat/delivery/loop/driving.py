"""Runs the plans of `chat.services.plans` on an event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from django.db import Error as AnyDatabaseError

from accounts.limits.steps import take_turns
from accounts.texts import CheckerAnswer, Question, ask
from chat.delivery.loop.names import Names
from chat.delivery.loop.threads import DatabaseThreads
from chat.protocol.extensions import Naming
from chat.services.plans import Append, Check, DatabaseTurn, Plan, Query, ReadNaming, Screen, Step

T = TypeVar("T")

# How many questions about the messages of one forward are asked at once.
MAX_CONCURRENT_CHECKS = 8


async def advance(plan: Plan[T], step: Step, run_step: Callable[[Step], Awaitable[Any]]) -> Append | T:
    """Run the steps of `plan` from `step` on, up to the one that appends, and return that one. If the plan
    ends before, return its result. Raises what the plan and its steps raise."""
    while not isinstance(step, Append):
        result = await run_step(step)
        try:
            step = plan.send(result)
        except StopIteration as end:
            value: T = end.value
            return value
    return step


class Driver:
    """Runs the steps of plans on an event loop."""

    def __init__(self, threads: DatabaseThreads, names: Names) -> None:
        self._threads, self._names = threads, names

    async def run_step(self, userid: str, step: Step) -> Any:
        """Run a step other than Append, and return its result. Reads wait for the person's turn. Raises what
        the step raises."""
        match step:
            case Query(call, DatabaseTurn.QUESTION):
                return await self._threads.read_in_turn(userid, call)
            case Query(call, DatabaseTurn.PAGE):
                return await self._threads.read_page(userid, call)
            case Query(call, DatabaseTurn.MARK):
                return await self._threads.mark(call)
            case Query(call):
                return await self._threads.write(call)
            case Screen(steps):
                return await take_turns(steps)
            case Check(questions):
                return await _ask_checker(questions)
            case ReadNaming():
                return await self._read_naming(step)
        raise TypeError(step)

    async def _read_naming(self, step: ReadNaming) -> Naming | None:
        try:
            return await self._names.naming(*step)
        except AnyDatabaseError:
            return None  # the dialect writes an extension without names


async def _ask_checker(questions: tuple[Question, ...]) -> list[CheckerAnswer]:
    answers: list[CheckerAnswer] = []
    for start in range(0, len(questions), MAX_CONCURRENT_CHECKS):
        answers += await asyncio.gather(*map(ask, questions[start : start + MAX_CONCURRENT_CHECKS]))
    return answers
