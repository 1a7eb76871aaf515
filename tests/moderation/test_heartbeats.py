"""Each process says that it is there, and how it is, until it ends."""

import asyncio

import pytest
from django.utils import timezone

from chat.delivery import runtime
from log.models import Group
from moderation.counting import heartbeats
from moderation.models import Process
from tests.support.stage import Stage, until

pytestmark = pytest.mark.django_db(transaction=True)


async def _processes() -> list[Process]:
    return [process async for process in Process.objects.all()]


async def test_process_row_has_current_figures_until_shutdown(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "BEAT_SECONDS", 0.02)
    run = await runtime.current()
    stage = Stage(run)
    await stage.log_in("alice")

    async def is_disconnected() -> bool:
        return any(process.people == 1 for process in await _processes())

    while not await is_disconnected():
        await asyncio.sleep(0.01)
    (process,) = await _processes()
    assert (process.name, process.connections, process.cursor) == (run.name, 1, run.hub.cursor)
    assert process.started_at <= process.seen_at <= timezone.now()
    stage.sessions[0].leave()
    await runtime.close_current()
    assert await _processes() == []


async def test_database_failure_does_not_stop_heartbeats(
    group: Group, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("away")

    monkeypatch.setattr(heartbeats, "_store", fail)
    run = await runtime.current()
    await until(lambda: "could not be written" in caplog.text)
    assert run.started
    await runtime.close_current()
