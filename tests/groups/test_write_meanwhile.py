"""While somebody makes a group of many people, others write."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from pytest_django import Settings

from groups import memberships, services
from groups.errors import TooManyGroups
from log import appending
from log.appending import Draft
from log.models import Group
from log.rejections import Rejection
from tests.support.groups import ALICE, BOB, CHARLIE, members, notices, stays
from tests.support.settings import override

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]

PATIENCE_SECONDS = 20


class Pause:
    """In other threads than this one, making a group stops after its members are inserted, until `end`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._reached, self._ended = threading.Event(), threading.Event()
        self._check, self._mine = memberships.check_references, threading.get_ident()
        monkeypatch.setattr(memberships, "check_references", self._wait)

    def reached(self) -> None:
        assert self._reached.wait(PATIENCE_SECONDS)

    def end(self) -> None:
        self._ended.set()

    def _wait(self) -> None:
        self._check()
        if threading.get_ident() != self._mine:
            self._reached.set()
            assert self._ended.wait(PATIENCE_SECONDS)


@pytest.fixture
def pause(monkeypatch: pytest.MonkeyPatch) -> Pause:
    return Pause(monkeypatch)


@pytest.fixture
def other() -> Iterator[ThreadPoolExecutor]:
    """A thread in which Alice makes a group."""
    with ThreadPoolExecutor(1) as thread:
        yield thread
        thread.submit(connections.close_all).result()


def write(text: str) -> int:
    """The place in the log of what Charlie writes to Alice."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
    (outcome,) = appending.append([Draft("text", CHARLIE, ALICE, text, "")]).outcomes
    assert not isinstance(outcome, Rejection)
    return outcome.id


def test_messages_do_not_wait_for_group_creation(pause: Pause, other: ThreadPoolExecutor) -> None:
    services.create_group(CHARLIE, [ALICE, BOB], "everybody")
    before = write("before")
    making = other.submit(services.create_group, ALICE, [BOB], "theirs")
    pause.reached()
    meanwhile = write("meanwhile")
    pause.end()

    group = making.result()
    (notice,) = notices(group)
    assert before < meanwhile < notice.id
    assert stays(group) == [(ALICE, before, None), (BOB, before, None)]


def test_person_reaching_group_limit_meanwhile_is_not_added(
    pause: Pause, other: ThreadPoolExecutor, settings: Settings
) -> None:
    override(settings, max_groups_per_user=1)
    outside = services.create_group(CHARLIE, [], "Charlie's own")
    making = other.submit(services.create_group, ALICE, [BOB], "theirs")
    pause.reached()
    services.add_members(outside.pk, [BOB])
    pause.end()

    assert isinstance(making.exception(), TooManyGroups)
    assert members(outside) == [CHARLIE, BOB]
    assert Group.objects.count() == 1
