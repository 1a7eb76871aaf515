"""Whoever is about to end the process may wait for the pictures that were asked for."""

import threading
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from groups.pictures.refreshing import Painter
from tests.support.settings import override


@pytest.fixture
def may_go_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Until it is set, each picture takes for ever."""
    override(settings, mosaics=True)
    event = threading.Event()
    monkeypatch.setattr("groups.pictures.mosaic.refresh", lambda _: event.wait())
    yield event
    event.set()


def test_waiting_ends_when_the_pictures_are_made(may_go_on: threading.Event) -> None:
    painter = Painter()
    painter.ask(1, "alice")
    painter.ask(2, "alice")
    assert not painter.wait(0.05)
    may_go_on.set()
    assert painter.wait(10)


def test_nothing_was_asked_for(may_go_on: threading.Event) -> None:
    assert Painter().wait(10)


def test_a_picture_that_fails_is_not_waited_for(
    may_go_on: threading.Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: int) -> None:
        raise OSError("no disk")

    monkeypatch.setattr("groups.pictures.mosaic.refresh", broken)
    painter = Painter()
    painter.ask(1, "alice")
    assert painter.wait(10)
    assert "could not be made" in caplog.text


class TestWhoIsToldWhenItIsMade:
    def test_who_asked_is_told_when_the_picture_is_made(self, may_go_on: threading.Event) -> None:
        painter, told = Painter(), threading.Event()
        for number in (1, 2):
            painter.ask(number, "alice")
        assert painter.tell_when_made(2, told.set)
        assert not told.wait(0.05)
        may_go_on.set()
        assert told.wait(10)

    def test_is_told_of_a_failure_too(
        self, may_go_on: threading.Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_: int) -> None:
            may_go_on.wait()
            raise OSError("no disk")

        monkeypatch.setattr("groups.pictures.mosaic.refresh", broken)
        painter, told = Painter(), threading.Event()
        painter.ask(1, "alice")
        assert painter.tell_when_made(1, told.set)
        may_go_on.set()
        assert told.wait(10)

    def test_is_told_nothing_of_one_that_nobody_has_asked_for(self, may_go_on: threading.Event) -> None:
        painter, told = Painter(), threading.Event()
        painter.ask(1, "alice")
        assert not painter.tell_when_made(2, told.set)
