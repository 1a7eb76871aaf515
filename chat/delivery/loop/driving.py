"""Drives the plans of `chat.services.plans` on an event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from django.db import Error as AnyDatabaseError

from accounts.limits.steps import take_turns
from accounts.texts import CheckerAnswer, Question, ask
from chat.delivery.loop.names import Names
from chat.delivery.loop.threads import DatabaseThreads
from chat.protocol.extensions import Naming
from chat.services.plans import Append, Check, DatabaseTurn, Name, Plan, Query, Screen, Step

T = TypeVar("T")

# Of what is forwarded together, so many questions are asked at once.
MAX_CHECKS_AT_ONCE = 8


async def advance(plan: Plan[T], step: Step, take: Callable[[Step], Awaitable[Any]]) -> Append | T:
    """Take all steps from `step` up to the one that appends, and return that; if there is none, what the plan
    returns. Raises what the plan and its steps raise."""
    while not isinstance(step, Append):
        result = await take(step)
        try:
            step = plan.send(result)
        except StopIteration as end:
            value: T = end.value
            return value
    return step


class Driver:
    """Takes the steps of plans of an event loop."""

    def __init__(self, threads: DatabaseThreads, names: Names) -> None:
        self._threads, self._names = threads, names

    async def take(self, userid: str, step: Step) -> Any:
        """The result of a step, which appends nothing, in the turn of the person. Raises what it raises."""
        match step:
            case Query(call, DatabaseTurn.QUESTION):
                return await self._threads.ask(userid, call)
            case Query(call, DatabaseTurn.PAGE):
                return await self._threads.read_page(userid, call)
            case Query(call, DatabaseTurn.MARK):
                return await self._threads.mark(call)
            case Query(call):
                return await self._threads.write(call)
            case Screen(steps):
                return await take_turns(steps)
            case Check(questions):
                return await _answers(questions)
            case Name():
                return await self._naming(step)
        raise TypeError(step)

    async def _naming(self, step: Name) -> Naming | None:
        try:
            return await self._names.naming(*step)
        except AnyDatabaseError:
            return None  # the dialect writes an extension without names


async def _answers(questions: tuple[Question, ...]) -> list[CheckerAnswer]:
    answers: list[CheckerAnswer] = []
    for begin in range(0, len(questions), MAX_CHECKS_AT_ONCE):
        answers += await asyncio.gather(*map(ask, questions[begin : begin + MAX_CHECKS_AT_ONCE]))
    return answers
