"""How many groups a person may be in."""

from functools import partial

import pytest
from django.test import Client
from pytest_django import Settings

from groups import services
from groups.errors import TooManyGroups
from log.models import Group, Membership
from tests.support.admin import complaints, operator, send_form
from tests.support.groups import ALICE, BOB, CHARLIE, OK, call, data, everything, members
from tests.support.settings import override
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def limit(settings: Settings) -> None:
    """Charlie is in as many groups as one may be in, Bob in one less."""
    override(settings, max_groups_per_user=2)
    services.create_group(CHARLIE, [BOB], "first")
    services.create_group(CHARLIE, [], "second")


def refusal(userid: str) -> str:
    return f'{{"code":5,"message":"{userid} is in 2 groups, and can be in no more."}}'


@pytest.mark.promise("limit-6", "call-12")
def test_group_limit_allows_last_group(client: Client) -> None:
    assert data(call(client, "creategrp", creator=BOB, members="", name="second"))
    before = everything()
    assert call(client, "creategrp", creator=BOB, members="", name="third") == refusal(BOB)
    assert everything() == before


@pytest.mark.promise("limit-6", "call-17", "call-38")
def test_group_limit_stops_adding(client: Client) -> None:
    group = services.create_group(ALICE, [], "Alice's own")
    assert call(client, "addmembers", groupid=str(group.pk), members=f"{BOB},{CHARLIE}") == refusal(CHARLIE)
    assert members(group) == [ALICE]
    assert call(client, "addmembers", groupid=str(group.pk), members=BOB) == OK
    assert members(group) == [ALICE, BOB]


def test_leaving_group_frees_place(client: Client) -> None:
    own = Group.objects.get(name="second")
    assert call(client, "delmembers", groupid=str(own.pk), members=CHARLIE) == OK
    assert data(call(client, "creategrp", creator=CHARLIE, members="", name="third"))


def test_current_member_can_be_added_at_limit(client: Client) -> None:
    group = Group.objects.get(name="first")
    assert call(client, "addmembers", groupid=str(group.pk), members=CHARLIE) == OK


def test_simultaneous_creations_respect_the_group_limit() -> None:
    outcomes = at_once(*(partial(services.create_group, ALICE, [], str(number)) for number in range(6)))
    assert sum(isinstance(outcome, TooManyGroups) for outcome in outcomes) == 4
    assert Membership.objects.current().filter(user=ALICE).count() == 2


def test_group_limit_holds_for_simultaneous_adds() -> None:
    groups = [services.create_group(f"owner{number}", [], "theirs") for number in range(6)]
    outcomes = at_once(*(partial(services.add_members, group.pk, [ALICE]) for group in groups))
    assert sum(isinstance(outcome, TooManyGroups) for outcome in outcomes) == 4
    assert sum(members(group)[1:] == [ALICE] for group in groups) == 2


def test_admin_form_reports_the_group_limit() -> None:
    admin = operator()
    group = services.create_group(ALICE, [], "Alice's own")
    row = {"memberships-1-user": CHARLIE, "memberships-1-role": "member"}
    joining = {"memberships-TOTAL_FORMS": "2", **row}
    page = f"/admin/log/group/{group.pk}/change/"
    assert complaints(send_form(admin, page, **joining)) == ["charlie is in 2 groups, and can be in no more."]
    made = send_form(admin, "/admin/log/group/add/", name="x", creator=CHARLIE)
    assert complaints(made) == ["charlie is in 2 groups, and can be in no more."]
    assert members(group) == [ALICE]
