"""What is told of a change of a group, and of whose doing it was. Untold, it does not happen."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.access import Role
from groups import editing, services
from log import log_end
from log.models import Group
from tests.support.groups import (
    ALICE,
    BOB,
    CHARLIE,
    NAME,
    OK,
    body_of,
    call,
    changes,
    doers,
    everything,
    forbidden,
    notices,
)
from tests.support.settings import override
from tests.support.tokens import SECRET, token


def test_change_is_announced_with_its_author(group: Group) -> None:
    editing.edit_group(group.pk, name="new", notice="see you", by=ALICE)
    services.set_role(group.pk, BOB, Role.ADMIN, by=ALICE)
    assert changes(group) == [
        (ALICE, {"name": "new", "notice": "see you"}),
        (ALICE, {"roles": {BOB: "admin"}}),
    ]


def test_unchanged_fields_are_not_announced(group: Group) -> None:
    editing.edit_group(group.pk, name=NAME, notice="see you", by=ALICE)
    assert changes(group) == [(ALICE, {"notice": "see you"})]


@pytest.mark.parametrize(
    "change",
    [
        lambda group_id: editing.edit_group(group_id, name=NAME, notice=""),
        lambda group_id: services.set_role(group_id, BOB, Role.MEMBER),
        lambda group_id: services.set_role(group_id, ALICE, Role.OWNER),
    ],
)
def test_edit_without_effect_is_not_announced(group: Group, change: Callable[[int], None]) -> None:
    before = everything()
    change(group.pk)
    assert everything() == before


def test_forbidden_change_is_not_announced(group: Group) -> None:
    forbidden(lambda: editing.edit_group(group.pk, name="new", by=CHARLIE))
    forbidden(lambda: services.set_role(group.pk, BOB, Role.ADMIN, by=BOB))
    forbidden(lambda: services.dissolve(group.pk, by=BOB))
    assert changes(group) == []


def test_new_group_is_announced_by_members_only(group: Group) -> None:
    assert (len(notices(group)), changes(group)) == (1, [])


def test_a_group_that_is_dissolved_is_while_it_has_members(group: Group) -> None:
    services.dissolve(group.pk, by=ALICE)
    assert changes(group) == [(ALICE, {"dissolved": True})]
    assert doers(group) == [None, ALICE]
    left = group.memberships.get(user=BOB)
    assert left.until_id == notices(group)[-1].id
    assert left.last_id == left.until_id - 1


def test_passed_on_ownership_is_announced(group: Group) -> None:
    services.leave(group.pk, ALICE)
    assert changes(group) == [(ALICE, {"roles": {BOB: "owner"}})]


def test_owner_of_refilled_group_is_announced(group: Group) -> None:
    services.remove_members(group.pk, [ALICE, BOB])
    services.add_members(group.pk, [CHARLIE])
    assert changes(group) == [(None, {"roles": {CHARLIE: "owner"}})]


def test_membership_notices_name_their_author(group: Group) -> None:
    services.add_members(group.pk, [CHARLIE], by=BOB)
    services.remove_members(group.pk, [CHARLIE], by=ALICE)
    services.leave(group.pk, BOB)
    made = services.create_group(BOB, [CHARLIE], NAME, by=BOB)
    assert doers(group) == [None, BOB, ALICE, BOB]
    assert doers(made) == [BOB]


@pytest.mark.parametrize(
    "change",
    [
        lambda group_id: editing.edit_group(group_id, name="new"),
        lambda group_id: services.set_role(group_id, BOB, Role.ADMIN),
        lambda group_id: services.dissolve(group_id),
        lambda group_id: services.leave(group_id, ALICE),
        lambda group_id: services.add_members(group_id, [CHARLIE]),
        lambda _: services.create_group(ALICE, [CHARLIE], "Others"),
    ],
)
def test_change_that_cannot_be_appended_does_not_happen(
    group: Group, change: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()

    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(log_end, "take", fail)
    with pytest.raises(ZeroDivisionError):
        change(group.pk)
    assert everything() == before


class TestOfTheCalls:
    def test_open_mode_call_has_no_author(self, client: Client, group: Group) -> None:
        group_id = str(group.pk)
        assert call(client, "editgrp", groupid=group_id, name="new") == OK
        assert call(client, "addmembers", groupid=group_id, members=CHARLIE) == OK
        assert changes(group) == [(None, {"name": "new"})]
        assert doers(group) == [None, None]

    def test_changes_by_token_name_its_person(self, client: Client, group: Group, settings: Settings) -> None:
        override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)
        values = {"groupid": str(group.pk), "access_token": token(ALICE)}
        assert body_of(client.post("/editgrp", {**values, "name": "new"})) == OK
        assert body_of(client.post("/addmembers", {**values, "members": CHARLIE})) == OK
        assert body_of(client.post("/delmembers", {**values, "members": CHARLIE})) == OK
        assert changes(group) == [(ALICE, {"name": "new"})]
        assert doers(group) == [None, ALICE, ALICE]
