"""Who may do what at the desk, and to whom nobody does anything."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission

from accounts.models import User
from log.models import Group
from moderation.actions import people
from moderation.errors import ProtectedPerson
from moderation.models import AuditEntry
from moderation.models.audit import PERMISSIONS
from moderation.moderators import (
    ACT_ON_PEOPLE,
    ALL_PERMISSIONS,
    EXPORT_AUDIT,
    KEY_PERMISSIONS,
    READ_DESK,
    READ_PRIVATE,
    SEE_REPORTERS,
    VIEW_STATUS,
    Moderator,
    RoleMissing,
    backend,
    moderator_of,
)
from moderation.roles import ADMINISTRATOR, AUDITOR, MODERATOR, ROLES
from tests.support.groups import everything
from tests.support.moderators import DESK, REASON, audit_log, last_entry, staff

pytestmark = pytest.mark.django_db

ADDRESS = "192.0.2.1"
ACTIONS: list[Callable[[Moderator, str, str], AuditEntry]] = [
    people.mute,
    people.unmute,
    people.ban,
    people.unban,
    people.disconnect,
    people.warn,
]


def of_the_desk(role: str) -> frozenset[str]:
    names = ROLES[role]
    return frozenset(name.removeprefix("moderation.") for name in names if name.startswith("moderation."))


def test_moderator_has_the_permissions_of_the_role() -> None:
    moderator = moderator_of(staff("moderator", MODERATOR), ADDRESS)
    assert moderator == Moderator("moderator", ADDRESS, of_the_desk(MODERATOR))
    moderator.require(ACT_ON_PEOPLE, "person.mute", "u:bob")
    assert not audit_log().exists()


def test_permission_constants_match_the_model() -> None:
    assert {name for name, _ in PERMISSIONS} == ALL_PERMISSIONS


@pytest.mark.parametrize("role", ROLES)
def test_staff_have_the_permissions_of_their_role(role: str) -> None:
    assert moderator_of(staff("somebody", role), ADDRESS).may == of_the_desk(role)


def test_administrator_has_all_permissions_but_is_no_superuser() -> None:
    result = moderator_of(staff("administrator", ADMINISTRATOR), ADDRESS)
    assert (result.may, result.is_superuser) == (ALL_PERMISSIONS, False)


def test_superuser_has_all_permissions_without_a_role() -> None:
    result = moderator_of(User.objects.create_superuser("root"), ADDRESS)
    assert (result.may, result.is_superuser) == (ALL_PERMISSIONS, True)


@pytest.mark.parametrize("field", ["is_staff", "is_active"])
def test_role_of_inactive_or_former_staff_grants_nothing(field: str) -> None:
    user = staff("moderator", MODERATOR)
    setattr(user, field, False)
    assert moderator_of(user, ADDRESS).may == frozenset()
    root = User.objects.create_superuser("root")
    setattr(root, field, False)
    assert moderator_of(root, ADDRESS) == Moderator("root", ADDRESS)


def test_permissions_of_other_apps_grant_nothing_at_the_desk() -> None:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.exclude(content_type__app_label="moderation"))
    assert moderator_of(user, ADDRESS).may == frozenset()


def test_backend_has_no_secret_or_export_permissions() -> None:
    result = backend("0123456789abcdef", ADDRESS)
    assert result == Moderator("key:0123456789abcdef", ADDRESS, KEY_PERMISSIONS)
    assert ALL_PERMISSIONS - {SEE_REPORTERS, EXPORT_AUDIT, READ_PRIVATE, VIEW_STATUS} == KEY_PERMISSIONS


def test_backend_has_only_the_rights_of_the_represented_person() -> None:
    result = backend("0123456789abcdef", ADDRESS, staff("auditor", AUDITOR))
    may = of_the_desk(AUDITOR) & KEY_PERMISSIONS
    assert result == Moderator("key:0123456789abcdef", ADDRESS, may, acts_for="auditor")
    assert backend("0123456789abcdef", ADDRESS, User.objects.create_user("bob")).may == frozenset()


def test_a_backend_is_never_a_superuser() -> None:
    result = backend("0123456789abcdef", ADDRESS, User.objects.create_superuser("root"))
    assert (result.may, result.is_superuser) == (KEY_PERMISSIONS, False)


def test_refusal_is_audited() -> None:
    with pytest.raises(RoleMissing) as raised:
        Moderator("bob", ADDRESS, frozenset({READ_DESK})).require(ACT_ON_PEOPLE, "person.ban", "u:alice")
    assert raised.value.permission == ACT_ON_PEOPLE
    entry = last_entry()
    assert (entry.actor, entry.action, entry.target, entry.address) == (
        "bob",
        "refused",
        "u:alice",
        ADDRESS,
    )
    assert entry.details == {"permission": ACT_ON_PEOPLE, "wanted": "person.ban"}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("field", ["is_staff", "is_superuser"])
def test_only_superusers_act_on_staff(group: Group, action: Callable[..., object], field: str) -> None:
    User.objects.filter(pk="bob").update(**{field: True})
    before = everything()
    with pytest.raises(ProtectedPerson):
        action(Moderator("moderator", may=ALL_PERMISSIONS), "bob", REASON)
    assert everything() == before
    assert last_entry().details["permission"] == "protected"
    action(Moderator("root", may=ALL_PERMISSIONS, is_superuser=True), "bob", REASON)


@pytest.mark.parametrize("userid", ["bob", DESK])
def test_moderator_and_service_are_protected(group: Group, userid: str) -> None:
    User.objects.get_or_create(pk=userid)
    before = everything()
    for action in ACTIONS:
        with pytest.raises(ProtectedPerson):
            action(Moderator("bob", may=ALL_PERMISSIONS, is_superuser=True), userid, REASON)
    assert everything() == before
