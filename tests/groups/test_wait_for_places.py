"""A group's picture is drawn in a place like any other file's, so that no more are converted at once than the
operator allows."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from pytest_django import Settings

from groups import services
from groups.pictures import mosaic
from tests.support.groups import ALICE, BOB
from tests.support.settings import override
from tests.support.waiting import until
from uploads import conversion
from uploads.places import place_in_thread
from uploads.worker.tasks import Kind, Made, Reason, Refused, Task
from uploads.worker.texts import Text


@pytest.fixture
def converted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What children were asked for. None of them can do it."""
    asked: list[str] = []

    async def refuse(task: Task) -> Made:
        asked.append(task.kind)
        raise Refused(Reason.BROKEN, Text.UNREADABLE)

    monkeypatch.setattr(conversion, "convert", refuse)
    return asked


@pytest.fixture
def artist() -> Iterator[ThreadPoolExecutor]:
    """A thread that draws."""
    with ThreadPoolExecutor(1) as thread:
        yield thread
        thread.submit(connections.close_all).result()


@pytest.mark.usefixtures("transactional_db")
def test_a_picture_waits_for_a_free_place(
    converted: list[str], artist: ThreadPoolExecutor, settings: Settings
) -> None:
    override(settings, media_jobs=1)
    group = services.create_group(ALICE, [BOB], "Friends")

    with place_in_thread(Kind.VOICE), place_in_thread(Kind.VIDEO):
        with place_in_thread(Kind.PICTURE):
            drawn = artist.submit(mosaic.refresh, group.pk)
            time.sleep(0.5)
            assert not converted, "all places are taken"
        until(lambda: converted == ["mosaic"])

    assert isinstance(drawn.exception(), Refused)
