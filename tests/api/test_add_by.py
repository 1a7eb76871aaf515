"""Groups to which only owners and admins add members."""

import json
from functools import partial
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.access import PermittedRole, Role
from accounts.codes import Cause
from groups import editing, links, services
from log.models import Group
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE, body_of, everything, forbidden, members
from tests.support.settings import override
from tests.support.tokens import SECRET, token


@pytest.fixture
def closed(group: Group) -> Group:
    editing.edit_group(group.pk, add_by=PermittedRole.ADMINS, by=ALICE)
    return group


def test_members_cannot_add_to_a_closed_group(closed: Group, bob: Api) -> None:
    before = everything()
    assert forbidden(partial(services.add_members, closed.pk, [CHARLIE], by=BOB)) == Cause.NOT_MANAGER
    refused = bob.post(f"groups/{closed.pk}/members", userids=[CHARLIE])
    assert refused.failed == (403, "not_allowed")
    assert everything() == before


@pytest.mark.parametrize("by", [ALICE, BOB, None])
def test_owners_admins_and_the_operator_add_members(closed: Group, by: str | None) -> None:
    services.set_role(closed.pk, BOB, Role.ADMIN)
    services.add_members(closed.pk, [CHARLIE], by=by)
    assert members(closed) == [ALICE, BOB, CHARLIE]


def test_manager_links_still_admit_people(closed: Group, bob: Api, charlie: Api) -> None:
    services.set_role(closed.pk, BOB, Role.ADMIN)
    link = links.create_link(closed.pk, BOB)
    assert charlie.post(f"join/{link.code}").body["state"] == "member"


@pytest.mark.promise("token-calls-4")
def test_shipped_apps_show_why_adding_failed(client: Client, settings: Settings, closed: Group) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)

    def add(caller: str) -> Any:
        fields = {"groupid": closed.pk, "members": CHARLIE, "access_token": token(caller)}
        return json.loads(body_of(client.post("/addmembers", fields)))

    assert add(BOB) == {"code": 4, "message": "Only owners and admins of the group can do that."}
    assert add(ALICE)["code"] == 1
