"""What an event loop needs to run chat, made on first use and ended with the loop."""

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import partial

import pytest
from django.db import OperationalError
from pytest_django import Settings

from chat import selectors
from chat.delivery import runtime
from chat.delivery.runtime import Runtime
from chat.log import Draft, append
from chat.models import Message
from groups.models import Group
from tests.support.settings import override

DRAFT = Draft("text", "alice", "bob", "hi", "")


@pytest.fixture
async def run(group: Group, settings: Settings) -> AsyncIterator[Runtime]:
    """Which does not find by polling what it should be told."""
    override(settings, poll_seconds=60)
    yield await runtime.current()
    await runtime.close_current()


async def test_an_event_loop_has_one_runtime_that_has_caught_up(run: Runtime) -> None:
    assert run.started
    assert run.hub.cursor == await run.threads.read(selectors.last_id) > 0
    assert await runtime.current() is run


async def test_all_who_come_at_once_get_the_same(run: Runtime) -> None:
    await runtime.close_current()
    one, other = await asyncio.gather(runtime.current(), runtime.current())
    assert one is other
    assert one.started


async def test_after_its_end_a_new_one_begins(run: Runtime) -> None:
    await runtime.close_current()
    assert not run.started
    again = await runtime.current()
    assert (again is run, again.started) == (False, True)


async def test_one_that_is_ended_as_soon_as_it_has_begun_is_gone(group: Group) -> None:
    begun = await runtime.current()
    await runtime.close_current()
    assert not begun.started
    assert asyncio.get_running_loop() not in runtime._runtimes


async def test_every_loop_has_its_own(run: Runtime) -> None:
    async def other() -> Runtime:
        theirs = await runtime.current()
        await runtime.close_current()
        return theirs

    theirs = await asyncio.to_thread(asyncio.run, other())
    assert theirs is not run
    assert (theirs.started, run.started) == (False, True)


async def test_what_any_thread_commits_the_hub_hears_of(run: Runtime) -> None:
    batch = (await run.threads.write(partial(append, [DRAFT]))).batch
    async with asyncio.timeout(5):
        while run.hub.cursor < batch.last:
            await asyncio.sleep(0)


async def test_draining_leaves_nothing_to_be_written(run: Runtime) -> None:
    written = [await run.writer.put(DRAFT, run.hub.cursor) for _ in range(10)]
    await runtime.drain_current()
    assert all(each.done() for each in written)
    assert await run.threads.read(Message.objects.filter(kind="text").count) == 10


async def test_where_none_runs_there_is_nothing_to_end() -> None:
    await runtime.drain_current()
    await runtime.close_current()
    assert asyncio.get_running_loop() not in runtime._runtimes


async def test_a_beginning_that_fails_is_said_and_tried_again(
    group: Group, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> int:
        raise OperationalError("away")

    with monkeypatch.context() as patched:
        patched.setattr(selectors, "last_id", away)
        runtime.begin_current()
        async with asyncio.timeout(5):
            while not caplog.records:
                await asyncio.sleep(0.01)
    assert (caplog.records[0].levelno, "will be at the first login" in caplog.text) == (logging.ERROR, True)
    begun = await runtime.current()
    assert await begun.threads.read(selectors.last_id) == begun.hub.cursor
    await runtime.close_current()
