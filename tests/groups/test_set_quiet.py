"""A group in which only owners and admins write, for a while."""

from functools import partial

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.access import Role
from accounts.codes import Cause
from groups import editing, own, services
from log.models import Group
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, call, changes, everything, forbidden, last_row
from tests.support.settings import override
from tests.support.tokens import SECRET, token


def test_quiet_mode_is_announced(group: Group) -> None:
    place = services.set_quiet(group.pk, True)
    group.refresh_from_db()
    assert group.is_quiet
    assert changes(group) == [(None, {"muted": True})]
    assert place == last_row()


def test_quiet_mode_can_be_undone(group: Group) -> None:
    services.set_quiet(group.pk, True)
    services.set_quiet(group.pk, False)
    group.refresh_from_db()
    assert not group.is_quiet
    assert changes(group)[1:] == [(None, {"muted": False})]


def test_repeated_quiet_mode_changes_nothing(group: Group) -> None:
    before = everything()
    assert services.set_quiet(group.pk, False) is None
    assert everything() == before


@pytest.mark.promise("call-25")
def test_name_and_notice_are_changed_only_by_who_may_write(
    client: Client, settings: Settings, group: Group
) -> None:
    override(settings, auth="token", token_secret=SECRET)
    services.set_quiet(group.pk, True)
    before = everything()
    for edit in (
        partial(editing.edit_group, group.pk, name="Buy!", by=BOB),
        partial(editing.edit_group, group.pk, notice="Buy!", by=BOB),
    ):
        assert forbidden(edit) == Cause.QUIET
    for change in ({"name": "Buy!"}, {"notice": "Buy!"}):
        refused = call(client, "editgrp", groupid=str(group.pk), access_token=token(BOB), **change)
        assert refused == '{"code":4,"message":"Only owners and admins may write now."}'
        assert Api(BOB, has_token=True).patch(f"groups/{group.pk}", **change).failed == (403, "muted")
    assert everything() == before
    own.set_nickname(group.pk, BOB, "Bobby")
    editing.edit_group(group.pk, name="of the owner", by=ALICE)
    services.set_role(group.pk, BOB, Role.ADMIN)
    editing.edit_group(group.pk, name="of an admin", by=BOB)
