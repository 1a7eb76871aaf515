"""Who has a sign in the userid, in the group calls of the shipped apps."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.names.aliases import alias_of
from groups import services
from log.models import Group, Membership
from tests.support.groups import ALICE, BOB, OK, call, data
from tests.support.settings import override

DOTTED = "a.b"
ALIAS = alias_of(DOTTED)
LONG = "-" * 64

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def for_shipped_apps(settings: Settings) -> None:
    override(settings, legacy_userid="alias", group_ok_code=1)


@pytest.mark.promise("apps-5")
def test_aliases_stand_for_their_people_in_calls_and_replies(client: Client) -> None:
    members = f"{ALIAS},{alias_of(LONG)},{BOB}"
    made = data(call(client, "creategrp", creator=ALICE, members=members, name="n"))
    assert set(made["members"]) == {ALICE, BOB, ALIAS, alias_of(LONG)}
    assert set(Membership.objects.values_list("user", flat=True)) == {ALICE, BOB, DOTTED, LONG}
    listed = data(call(client, "grpinfo", groupid=made["groupid"]))["members"]
    assert {member["userid"] for member in listed} == set(made["members"])


@pytest.mark.promise("apps-6")
def test_an_alias_is_removed_and_added(client: Client, group: Group) -> None:
    services.add_members(group.pk, [DOTTED])
    assert call(client, "delmembers", groupid=str(group.pk), members=ALIAS) == OK
    assert not Membership.objects.filter(group=group, user=DOTTED, until_id=None).exists()
    assert call(client, "addmembers", groupid=str(group.pk), members=ALIAS) == OK
    assert Membership.objects.filter(group=group, user=DOTTED, until_id=None).exists()


def test_caller_keeps_own_userid(client: Client) -> None:
    """The app compares it with the userid that it logs in with."""
    made = data(call(client, "creategrp", creator=DOTTED, members=BOB, name="n"))
    assert (made["creator"], set(made["members"])) == (DOTTED, {DOTTED, BOB})
    (mine,) = data(call(client, "querymygrps", userid=DOTTED))
    (bobs,) = data(call(client, "querymygrps", userid=BOB))
    assert (mine["creator"], bobs["creator"]) == (DOTTED, ALIAS)


def test_userids_stay_without_the_alias_setting(client: Client, settings: Settings) -> None:
    override(settings, legacy_userid="keep")
    made = data(call(client, "creategrp", creator=ALICE, members=DOTTED, name="n"))
    assert set(made["members"]) == {ALICE, DOTTED}
