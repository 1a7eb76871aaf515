"""The roles that a new installation has."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

from accounts.models import User
from moderation.moderators import KEY_PERMISSIONS
from moderation.roles import ADMINISTRATOR, AUDITOR, MODERATOR, ROLES, make_roles
from tests.access import page
from tests.support.desk import enter

pytestmark = pytest.mark.django_db

ACTS = {"act_on_people", "act_on_groups", "act_on_messages", "handle_reports", "change_rules"}


def permissions(role: str) -> set[str]:
    rows = Group.objects.get(name=role).permissions.select_related("content_type")
    return {f"{row.content_type.app_label}.{row.codename}" for row in rows}


def of_the_desk(role: str) -> set[str]:
    return {name.removeprefix("moderation.") for name in permissions(role) if name.startswith("moderation.")}


@pytest.fixture(autouse=True)
def roles(db: None) -> None:
    """As the migration made them, which another test may have emptied away."""
    make_roles(apps)


@pytest.mark.parametrize("role", ROLES)
def test_roles_have_their_permissions(role: str) -> None:
    assert permissions(role) == ROLES[role]


def test_moderator_role_acts_but_has_no_settings() -> None:
    assert of_the_desk(MODERATOR) == {"read_desk", "read_private", "view_audit", *ACTS}
    assert len(permissions(MODERATOR)) == len(of_the_desk(MODERATOR))


def test_administrator_role_has_all_desk_permissions_and_manages_people() -> None:
    of_audit = Permission.objects.filter(content_type__app_label="moderation")
    assert of_the_desk(ADMINISTRATOR) == set(of_audit.values_list("codename", flat=True))
    assert permissions(ADMINISTRATOR) >= {"accounts.change_user", "accounts.change_apikey"}
    assert "accounts.add_apikey" not in permissions(ADMINISTRATOR)


def test_role_changes_need_superuser() -> None:
    for role in ROLES:
        assert permissions(role).isdisjoint({"auth.add_group", "auth.change_group", "auth.delete_group"})


def test_auditor_role_only_reads() -> None:
    assert permissions(AUDITOR) == {
        f"moderation.{name}" for name in ("read_desk", "read_private", "view_audit", "export_audit")
    }


def test_creating_roles_again_changes_nothing() -> None:
    Group.objects.get(name=MODERATOR).permissions.remove(Permission.objects.get(codename="change_rules"))
    before = permissions(MODERATOR)
    make_roles(apps)
    assert permissions(MODERATOR) == before


def test_deleted_role_is_created_again() -> None:
    Group.objects.all().delete()
    make_roles(apps)
    assert {role: permissions(role) for role in ROLES} == ROLES


def test_existing_group_keeps_its_permissions() -> None:
    Group.objects.all().delete()
    theirs = Group.objects.create(name=MODERATOR)
    theirs.permissions.add(Permission.objects.get(codename="view_user"))
    bob = User.objects.create_user("bob", is_staff=True)
    bob.groups.add(theirs)
    make_roles(apps)
    assert User.objects.get(pk="bob").get_all_permissions() == {"accounts.view_user"}


def test_documented_roles_match_permissions() -> None:
    """docs/access.md."""
    table = page.chapters()["The desk", ""]
    documented = {
        role: {_permission(row) for row in table if row[role] == "yes"} for role in (*ROLES, "API key")
    }
    assert documented == {**{role: of_the_desk(role) for role in ROLES}, "API key": set(KEY_PERMISSIONS)}


def _permission(row: dict[str, str]) -> str:
    return row["permission"].split("`")[1]


@pytest.mark.parametrize("role", sorted(ROLES))
def test_role_form_shows_all_permissions(role: str) -> None:
    client, row = enter("superuser"), Group.objects.get(name=role)
    url = f"/admin/moderation/role/{row.pk}/change/"
    boxes = client.get(url).context["adminform"].form["permissions"]
    assert str(boxes).count(" checked") == row.permissions.count()
    assert "Can read the desk" in str(boxes)
    client.post(url, {"name": role, "permissions": boxes.value()})
    assert permissions(role) == ROLES[role]
