"""Calls that come at the same moment: whatever their order, each takes effect whole, and no rule breaks."""

from functools import partial

import pytest
from django.db import IntegrityError
from pytest_django import Settings

from accounts.models import User
from groups import services
from groups.errors import GroupNotFound, TooManyMembers
from log.models import Group, Membership
from tests.support.groups import ALICE, BOB, CHARLIE, NAME, members, notices, numbered, stays
from tests.support.settings import override
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


def test_last_place_in_a_group_goes_to_one_of_two(settings: Settings) -> None:
    override(settings, max_group_members=3)
    for _ in range(ROUNDS):
        group = services.create_group(ALICE, [BOB], NAME)
        outcomes = at_once(*(partial(services.add_members, group.pk, [user]) for user in (CHARLIE, "dave")))
        assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
        assert any(isinstance(outcome, TooManyMembers) for outcome in outcomes)
        is_first = not isinstance(outcomes[0], Exception)
        assert members(group) == [ALICE, BOB, CHARLIE if is_first else "dave"]


def test_concurrent_additions_respect_the_member_limit(group: Group, settings: Settings) -> None:
    override(settings, max_group_members=5)
    outcomes = at_once(*(partial(services.add_members, group.pk, [user]) for user in numbered(8)))
    assert sum(isinstance(outcome, TooManyMembers) for outcome in outcomes) == 5
    assert len(members(group)) == 5


def test_two_identical_creations() -> None:
    for number in range(ROUNDS):
        people = numbered(20)
        create = partial(
            services.create_group, f"creator{number}", [f"{user}of{number}" for user in people], NAME
        )
        first, second = at_once(create, create)
        assert isinstance(first, Group)
        assert isinstance(second, Group)
        assert first.pk != second.pk
        assert members(first) == members(second)
        assert len(members(first)) == 21


def test_the_same_newcomer_twice(group: Group) -> None:
    add = partial(services.add_members, group.pk, ["newcomer"])
    assert at_once(add, add, add).count(None) == 2
    assert members(group) == [ALICE, BOB, "newcomer"]
    assert [notice.joined for notice in notices(group)] == [[ALICE, BOB], ["newcomer"]]


def test_the_same_leaver_twice(group: Group) -> None:
    remove = partial(services.remove_members, group.pk, [BOB])
    assert at_once(remove, remove, remove).count(None) == 2
    assert [notice.left for notice in notices(group)] == [[], [BOB]]


def test_simultaneous_additions_and_removals_agree_with_the_log(group: Group) -> None:
    add = partial(services.add_members, group.pk, [CHARLIE])
    remove = partial(services.remove_members, group.pk, [CHARLIE])
    for _ in range(ROUNDS):
        assert not any(isinstance(outcome, Exception) for outcome in at_once(add, remove, add, remove))
        assert stays_in_log(group) == [(user, since, until) for user, since, until in stays(group)]


def stays_in_log(group: Group) -> list[tuple[str, int, int | None]]:
    """The stays as the notices tell them. Those of the first members begin before the first notice."""
    first, *later = notices(group)
    expected: list[tuple[str, int, int | None]] = [(user, first.id - 1, None) for user in first.joined]
    for notice in later:
        expected = [
            (user, since, notice.id if until is None and user in notice.left else until)
            for user, since, until in expected
        ]
        inside = [user for user, _, until in expected if until is None]
        assert not set(inside).intersection(notice.joined)
        expected += [(user, notice.id, None) for user in notice.joined]
    return expected


def test_ending_group_admits_no_one(group: Group) -> None:
    for _ in range(ROUNDS):
        ending = services.create_group(ALICE, [BOB], NAME)
        added, dissolved = at_once(
            partial(services.add_members, ending.pk, [CHARLIE]), partial(services.dissolve, ending.pk)
        )
        assert isinstance(dissolved, int)
        assert isinstance(added, int | GroupNotFound)
        assert members(ending) == []
        assert Group.objects.get(pk=ending.pk).dissolved_at is not None


def test_simultaneous_dissolves_take_effect_once(group: Group) -> None:
    dissolve = partial(services.dissolve, group.pk)
    outcomes = at_once(dissolve, dissolve)
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert any(isinstance(outcome, GroupNotFound) for outcome in outcomes)
    assert [notice.left for notice in notices(group)] == [[], [ALICE, BOB]]


def test_groups_of_the_same_new_people_in_opposite_orders() -> None:
    people = numbered(50)
    outcomes = at_once(
        partial(services.create_group, ALICE, people, "forth"),
        partial(services.create_group, BOB, people[::-1], "back"),
    )
    assert [type(outcome) for outcome in outcomes] == [Group, Group]
    assert User.objects.filter(pk__in=people).count() == 50


def test_the_database_itself_keeps_a_second_current_stay_out(group: Group) -> None:
    with pytest.raises(IntegrityError):
        Membership.objects.create(group=group, user_id=BOB, since_id=1)
    Membership.objects.create(group=group, user_id=BOB, since_id=1, until_id=2)
