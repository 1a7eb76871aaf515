"""Moderators who do the same at the same moment: it is done once, and each decision is written down. And
those who act while people write."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from accounts.selectors import silent_of
from accounts.services import ensure_users
from groups.errors import NotAMember
from groups.services import create_group
from log import appending
from log.amendments import recalls_of
from log.appending import Draft
from log.models import Group, Message
from log.rows import LogId
from moderation.actions import groups, messages, people
from moderation.actions.undoing import undo
from moderation.errors import UndoneAlready
from moderation.models import AuditEntry
from moderation.moderators import Moderator
from tests.support.groups import members
from tests.support.moderators import MODERATOR, REASON, notices_to
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ANOTHER = Moderator("another", may=MODERATOR.may)
BOTH = (MODERATOR, ANOTHER)
ROUNDS = 8

Act = Callable[[], AuditEntry]


@pytest.fixture
def group(transactional_db: None) -> Group:
    ensure_users(["charlie"])
    return create_group("alice", ["bob"], "群")


def write(sender: str = "bob", to: str | int = "alice") -> LogId:
    return appending.append([Draft("text", sender, to, "hello", "")]).batch.last


def places(*acts: Act) -> list[LogId]:
    """Those in the log of what was done at once, each with an entry of its own."""
    done = at_once(*acts)
    assert all(isinstance(entry, AuditEntry) for entry in done), done
    entries = [entry for entry in done if isinstance(entry, AuditEntry)]
    assert len({entry.pk for entry in entries}) == len(acts)
    return [entry.log_id for entry in entries if entry.log_id is not None]


def test_simultaneous_mutes_apply_once(group: Group) -> None:
    (place,) = places(*(partial(people.mute, moderator, "bob", REASON) for moderator in BOTH))
    assert Message.objects.get(pk=place).kind == "standing"
    assert silent_of(["bob"]) == {"bob": False}
    assert len(notices_to("bob")) == 1


def test_simultaneous_bans_apply_once(group: Group) -> None:
    ids = [write() for _ in range(3)]
    assert len(places(*(partial(people.ban, one, "bob", REASON, None, 1) for one in BOTH))) == 1
    assert set(recalls_of(ids)) == set(ids)
    assert Message.objects.filter(kind="recall").count() == len(ids)
    assert len(notices_to("bob")) == 1


def test_later_of_two_simultaneous_mutes_records_the_earlier(group: Group) -> None:
    mutes = (partial(people.mute, one, "bob", one.name, None) for one in BOTH)
    assert len(places(*mutes)) == 2
    newest = AuditEntry.objects.filter(action="person.mute").order_by("-pk")[:2]
    first, second = sorted(newest, key=lambda entry: entry.log_id or 0)
    assert second.details["before"] == {"is_so": True, "until": None, "reason": first.reason}


def test_simultaneous_dissolutions_apply_once(group: Group) -> None:
    assert len(places(*(partial(groups.dissolve, one, group.pk, REASON) for one in BOTH))) == 1
    assert members(group) == []
    assert len(notices_to("alice")) == 1


def test_simultaneous_recalls_apply_once(group: Group) -> None:
    message = write()
    assert len(places(*(partial(messages.recall, one, [message], REASON) for one in BOTH))) == 1
    assert len(notices_to("bob")) == 1


def test_simultaneous_undos_apply_once(group: Group) -> None:
    entry = people.mute(MODERATOR, "bob", REASON)
    done = at_once(*(partial(undo, moderator, entry.pk, REASON) for moderator in BOTH))
    assert {type(one) for one in done} == {AuditEntry, UndoneAlready}
    assert silent_of(["bob"]) == {}
    assert AuditEntry.objects.filter(action="undo", details__entry=entry.pk).count() == 1


def test_simultaneous_moderators_do_not_deadlock(group: Group) -> None:
    ids = [write("bob", group.pk) for _ in range(ROUNDS)]

    def on_people() -> None:
        for number in range(ROUNDS):
            with suppress(NotAMember):
                people.mute(MODERATOR, "bob", f"{number}", None, group.pk)
            people.ban(MODERATOR, "charlie", f"{number}")
            people.warn(MODERATOR, "alice", REASON)
            people.unban(MODERATOR, "charlie", REASON)

    def on_groups() -> None:
        for number in range(ROUNDS):
            groups.set_slow_mode(ANOTHER, group.pk, number, REASON)
            groups.add_members(ANOTHER, group.pk, ["charlie"], REASON)
            groups.remove_members(ANOTHER, group.pk, ["charlie", "bob"], REASON)
            groups.add_members(ANOTHER, group.pk, ["bob"], REASON)

    def on_messages() -> None:
        for id_ in ids:
            undo(ANOTHER, messages.recall(ANOTHER, [id_], REASON).pk, REASON)

    def writes() -> None:
        for _ in range(ROUNDS):
            write("alice", "bob")
            write("alice", group.pk)

    assert at_once(on_people, on_people, on_groups, on_messages, writes, writes) == [None] * 6
