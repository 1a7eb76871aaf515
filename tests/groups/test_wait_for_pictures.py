"""Pictures of groups are waited for: by who draws, for a place; and by who ends the process."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from pytest_django import Settings

from groups import services
from groups.pictures import mosaic
from groups.pictures.refreshing import Painter
from tests.support.groups import ALICE, BOB
from tests.support.settings import override
from tests.support.waiting import until
from uploads import conversion
from uploads.places import conversion_slot_in_thread
from uploads.worker.tasks import ConversionResult, Reason, Task, TaskKind, UploadRejected
from uploads.worker.texts import MessageTemplate


@pytest.fixture
def may_go_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Until it is set, each picture takes for ever."""
    override(settings, mosaics=True)
    event = threading.Event()
    monkeypatch.setattr("groups.pictures.mosaic.refresh_picture", lambda _: event.wait())
    yield event
    event.set()


def test_waiting_ends_when_the_pictures_are_made(may_go_on: threading.Event) -> None:
    painter = Painter()
    painter.ask(1, "alice")
    painter.ask(2, "alice")
    assert not painter.wait(0.05)
    may_go_on.set()
    assert painter.wait(10)


def test_idle_painter_does_not_wait(may_go_on: threading.Event) -> None:
    assert Painter().wait(10)


def test_a_picture_that_fails_is_not_waited_for(
    may_go_on: threading.Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: int) -> None:
        raise OSError("no disk")

    monkeypatch.setattr("groups.pictures.mosaic.refresh_picture", broken)
    painter = Painter()
    painter.ask(1, "alice")
    assert painter.wait(10)
    assert "could not be made" in caplog.text


class TestWhoIsToldWhenItIsMade:
    def test_listener_is_called_when_picture_is_made(self, may_go_on: threading.Event) -> None:
        painter, notified = Painter(), threading.Event()
        for number in (1, 2):
            painter.ask(number, "alice")
        assert painter.notify_when_made(2, notified.set)
        assert not notified.wait(0.05)
        may_go_on.set()
        assert notified.wait(10)

    def test_listener_is_called_after_failure(
        self, may_go_on: threading.Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_: int) -> None:
            may_go_on.wait()
            raise OSError("no disk")

        monkeypatch.setattr("groups.pictures.mosaic.refresh_picture", broken)
        painter, notified = Painter(), threading.Event()
        painter.ask(1, "alice")
        assert painter.notify_when_made(1, notified.set)
        may_go_on.set()
        assert notified.wait(10)

    def test_listener_of_unrequested_picture_is_not_called(self, may_go_on: threading.Event) -> None:
        painter, notified = Painter(), threading.Event()
        painter.ask(1, "alice")
        assert not painter.notify_when_made(2, notified.set)


@pytest.fixture
def converted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What children were asked for. None of them can do it."""
    order: list[str] = []

    async def refuse(task: Task) -> ConversionResult:
        order.append(task.kind)
        raise UploadRejected(Reason.BROKEN, MessageTemplate.UNREADABLE)

    monkeypatch.setattr(conversion, "convert", refuse)
    return order


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

    with conversion_slot_in_thread(TaskKind.VOICE), conversion_slot_in_thread(TaskKind.VIDEO):
        with conversion_slot_in_thread(TaskKind.PICTURE):
            drawn = artist.submit(mosaic.refresh_picture, group.pk)
            time.sleep(0.5)
            assert not converted, "all places are taken"
        until(lambda: converted == ["mosaic"])

    assert isinstance(drawn.exception(), UploadRejected)
