"""When the database refuses a write or cannot be read, the reply says so and nothing is half-written."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models
from django.db.migrations import AddConstraint
from django.db.migrations.state import ProjectState
from django.test import Client

from accounts.services import ensure_users
from groups import services
from log.models import Group, Membership, Message
from tests.support.groups import ALICE, CHARLIE, OK, call, everything, members

pytestmark = pytest.mark.django_db(transaction=True)

SERVER_ERROR = '{"code":9,"message":"Server error. Try again."}'


@contextmanager
def constraint(model: type[models.Model], condition: models.Q) -> Iterator[None]:
    """Rows that do not meet the condition are refused meanwhile."""
    label, _, name = model._meta.label_lower.partition(".")
    change = AddConstraint(name, models.CheckConstraint(condition=condition, name="refused_in_a_test"))
    before = ProjectState.from_apps(apps)
    after = before.clone()
    change.state_forwards(label, after)
    with connection.schema_editor() as editor:
        change.database_forwards(label, editor, before, after)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            change.database_backwards(label, editor, after, before)


@contextmanager
def without_table(model: type[models.Model]) -> Iterator[None]:
    """The table is gone meanwhile, and empty afterwards."""
    with connection.schema_editor() as editor:
        editor.delete_model(model)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(model)


@pytest.fixture
def mallory() -> Iterator[str]:
    """Someone the table of memberships does not take."""
    ensure_users([ALICE, CHARLIE, "mallory"])
    with constraint(Membership, ~models.Q(user="mallory")):
        yield "mallory"


def test_valid_member_is_added(client: Client, group: Group, mallory: str) -> None:
    assert call(client, "addmembers", groupid=str(group.pk), members=CHARLIE) == OK
    assert members(group)[-1] == CHARLIE


def test_failed_creation_leaves_no_group(
    client: Client, mallory: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = everything()
    assert call(client, "creategrp", creator=ALICE, members=f"charlie,{mallory}", name="x") == SERVER_ERROR
    assert everything() == before
    assert "/creategrp failed" in caplog.text


@pytest.mark.promise("call-10", "call-40")
def test_failed_add_changes_nothing(client: Client, group: Group, mallory: str) -> None:
    before = everything()
    assert call(client, "addmembers", groupid=str(group.pk), members=f"charlie,{mallory}") == SERVER_ERROR
    assert everything() == before


def test_failed_removal_changes_nothing(client: Client, group: Group) -> None:
    before = everything()
    with constraint(Membership, models.Q(until_id=None)):
        assert call(client, "delmembers", groupid=str(group.pk), members="alice,bob") == SERVER_ERROR
        with pytest.raises(DatabaseError):
            services.dissolve(group.pk)
        assert everything() == before
    assert call(client, "delmembers", groupid=str(group.pk), members="alice,bob") == OK


def test_failed_edit_changes_nothing(client: Client, group: Group) -> None:
    before = everything()
    with constraint(Group, ~models.Q(notice="refused")):
        assert call(client, "editgrp", groupid=str(group.pk), name="new", notice="refused") == SERVER_ERROR
        assert everything() == before
        assert call(client, "editgrp", groupid=str(group.pk), name="new", notice="taken") == OK


def test_failed_dissolve_changes_nothing(group: Group) -> None:
    before = everything()
    with constraint(Group, models.Q(dissolved_at=None)):
        with pytest.raises(DatabaseError):
            services.dissolve(group.pk)
        assert everything() == before


def test_membership_is_unchanged_if_the_log_cannot_be_written(client: Client, group: Group) -> None:
    groups, stays = list(Group.objects.values()), list(Membership.objects.values())
    ensure_users([CHARLIE])
    with without_table(Message):
        values = {"groupid": str(group.pk), "members": CHARLIE}
        assert call(client, "addmembers", **values) == SERVER_ERROR
        assert call(client, "delmembers", **{**values, "members": "bob"}) == SERVER_ERROR
        assert call(client, "creategrp", creator=ALICE, members="", name="x") == SERVER_ERROR
        assert list(Group.objects.values()) == groups
        assert list(Membership.objects.values()) == stays


def test_failed_group_query_is_a_server_error(client: Client, group: Group) -> None:
    with without_table(Membership):
        assert call(client, "querymygrps", userid=ALICE) == SERVER_ERROR
        assert call(client, "grpinfo", groupid=str(group.pk)) == SERVER_ERROR
    assert call(client, "querymygrps", userid=ALICE) == '{"code":1,"message":"OK","data":[]}'
