"""Who could read a message before they left the group, and came back."""

import pytest

from chat import selectors
from chat.latecomers import who_had_read
from chat.log import Draft, append
from chat.protocol.rows import Latecomers, LogId
from groups.models import ANY_ID, Group, Membership
from groups.services import add_members, create_group, remove_members

pytestmark = pytest.mark.django_db

ALL = ("alice", "bob", "charlie")


@pytest.fixture
def group(db: None) -> Group:
    """Of Alice and Bob."""
    return create_group("alice", ["bob"], "one")


def write(group: Group) -> LogId:
    return append([Draft("text", "alice", group.pk, "hi", "")]).batch.last


def had_read(group: Group, target: LogId) -> set[str]:
    return {userid for _, userid in who_had_read([Latecomers(group.pk, target, ALL)])}


def test_those_who_left_and_came_back_had_read_what_was_before(group: Group) -> None:
    target = write(group)
    remove_members(group.pk, ["bob"])
    between = write(group)
    add_members(group.pk, ["bob", "charlie"])
    after = write(group)
    asked = [Latecomers(group.pk, id_, ALL) for id_ in (target, between, after)]
    assert who_had_read(asked) == {(target, "bob")}


def test_it_may_be_any_of_many_periods(group: Group) -> None:
    inside, outside = [], []
    for _ in range(5):
        inside.append(write(group))
        remove_members(group.pk, ["bob"])
        outside.append(write(group))
        add_members(group.pk, ["bob"])
    assert [had_read(group, id_) for id_ in inside] == [{"bob"}] * 5
    assert [had_read(group, id_) for id_ in outside] == [set()] * 5


def test_a_period_of_which_it_is_not_known_where_its_last_row_is(group: Group) -> None:
    """A process of an earlier version has ended it."""
    target = write(group)
    remove_members(group.pk, ["bob"])
    Membership.objects.ended().update(last_id=ANY_ID)
    add_members(group.pk, ["bob"])
    assert had_read(group, target) == {"bob"}
    assert had_read(group, write(group)) == set()


def test_only_who_is_asked_about_and_only_in_this_group(group: Group) -> None:
    target = write(group)
    remove_members(group.pk, ["bob"])
    other = create_group("alice", [], "other")
    assert who_had_read([Latecomers(group.pk, target, ("alice", "charlie"))]) == set()
    assert had_read(other, target) == set()
    assert who_had_read([]) == set()


def test_a_backlog_has_the_changes_of_what_its_reader_had_read(group: Group) -> None:
    target = write(group)
    remove_members(group.pk, ["bob"])
    between = write(group)
    add_members(group.pk, ["bob", "charlie"])
    since = selectors.last_id()
    changes = [
        append([Draft("reaction", "alice", group.pk, "👍", "", target=id_)]).batch.last
        for id_ in (target, between)
    ]
    for userid, expected in (("bob", changes[:1]), ("charlie", [])):
        rows, _ = selectors.mirrored_backlog(userid, since, changes[-1], 10)
        assert [row.id for row in rows] == expected
