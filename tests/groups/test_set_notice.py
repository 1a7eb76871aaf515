"""Who sets a group's notice, which is a setting of the group."""

import json
from functools import partial
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.access import PermittedRole, Role
from accounts.codes import Cause
from groups import editing, services
from log.models import Group
from tests.support.groups import ALICE, BOB, CHARLIE, body_of, changes, everything, forbidden
from tests.support.settings import override
from tests.support.tokens import SECRET, token


@pytest.fixture
def restricted(group: Group) -> Group:
    """Only its owner and its admins set its notice."""
    editing.edit_group(group.pk, notice_by=PermittedRole.ADMINS, by=ALICE)
    group.refresh_from_db()
    return group


def test_notice_setting_is_changed_by_managers_and_announced(group: Group) -> None:
    for by, cause in ((BOB, Cause.NOT_MANAGER), (CHARLIE, Cause.OUTSIDE)):
        assert forbidden(partial(editing.edit_group, group.pk, notice_by="admins", by=by)) == cause
    assert changes(group) == []
    editing.edit_group(group.pk, notice_by="admins", by=ALICE)
    editing.edit_group(group.pk, notice_by="admins", by=ALICE)
    services.set_role(group.pk, BOB, Role.ADMIN)
    editing.edit_group(group.pk, notice_by="members", by=BOB)
    assert [change for change in changes(group) if "notice_by" in change[1]] == [
        (ALICE, {"notice_by": "admins"}),
        (BOB, {"notice_by": "members"}),
    ]


def test_a_mere_member_then_sets_no_notice_and_still_the_name(restricted: Group) -> None:
    before = everything()
    assert forbidden(lambda: editing.edit_group(restricted.pk, notice="x", by=BOB)) == Cause.NOT_MANAGER
    both = partial(editing.edit_group, restricted.pk, name="x", notice="x", by=BOB)
    assert forbidden(both) == Cause.NOT_MANAGER
    assert everything() == before
    # An app sends the notice again that its user has not changed.
    editing.edit_group(restricted.pk, name="new", notice=restricted.notice, by=BOB)
    assert changes(restricted)[-1] == (BOB, {"name": "new"})


def test_owners_admins_and_operator_set_a_restricted_notice(restricted: Group) -> None:
    editing.edit_group(restricted.pk, notice="of the owner", by=ALICE)
    editing.edit_group(restricted.pk, notice="of the operator")
    services.set_role(restricted.pk, BOB, Role.ADMIN)
    editing.edit_group(restricted.pk, notice="of an admin", by=BOB)
    assert changes(restricted)[-1] == (BOB, {"notice": "of an admin"})


@pytest.mark.promise("call-25")
def test_a_group_that_an_app_makes_is_for_all_members(
    client: Client, settings: Settings, group: Group
) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)

    def call(path: str, caller: str, **values: str) -> Any:
        return json.loads(body_of(client.post(f"/{path}", {**values, "access_token": token(caller)})))

    groupid = call("creategrp", ALICE, creator=ALICE, members=BOB, name="x")["data"]["groupid"]
    assert call("editgrp", BOB, groupid=groupid, notice="hello")["code"] == 1
    editing.edit_group(int(groupid), notice_by="admins", by=ALICE)
    refused = call("editgrp", BOB, groupid=groupid, notice="again")
    assert refused == {"code": 4, "message": "Only owners and admins of the group can do that."}
    assert call("editgrp", ALICE, groupid=groupid, notice="again")["code"] == 1
