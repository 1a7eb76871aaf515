"""The roles of the desk: Django groups with permissions, which superusers assign to staff."""

from typing import Any

MODERATOR, ADMINISTRATOR, AUDITOR = "moderator", "administrator", "auditor"

_READ_PERMISSIONS = {"moderation.read_desk", "moderation.read_private", "moderation.view_audit"}
_ACTION_PERMISSIONS = {
    "moderation.act_on_people",
    "moderation.act_on_groups",
    "moderation.act_on_messages",
    "moderation.handle_reports",
    "moderation.change_rules",
}
_SETTINGS_PERMISSIONS = {
    "accounts.view_user",
    "accounts.add_user",
    "accounts.change_user",
    "accounts.set_standing",
    "accounts.view_apikey",
    "accounts.change_apikey",
    "accounts.view_invitation",
    "accounts.add_invitation",
    "accounts.change_invitation",
    # Read only: permission to change roles would let moderators promote themselves, as only superusers may.
    "auth.view_group",
}

# Permissions of each role, with their app labels.
ROLES: dict[str, frozenset[str]] = {
    MODERATOR: frozenset(_READ_PERMISSIONS | _ACTION_PERMISSIONS),
    ADMINISTRATOR: frozenset(
        _READ_PERMISSIONS
        | _ACTION_PERMISSIONS
        | _SETTINGS_PERMISSIONS
        | {"moderation.see_reporters", "moderation.export_audit", "moderation.view_status"}
    ),
    AUDITOR: frozenset(_READ_PERMISSIONS | {"moderation.export_audit"}),
}


def make_roles(apps: Any) -> None:
    """Create missing roles, and give roles without permissions their own.

    An existing group with permissions stays unchanged: its members would gain permissions. `apps`: the app
    registry, as in a migration. The permissions must exist.
    """
    groups = apps.get_model("auth", "Group")
    for name, permissions in ROLES.items():
        group, _ = groups.objects.get_or_create(name=name)
        if not group.permissions.exists():
            group.permissions.set(_permissions(apps, permissions))


def _permissions(apps: Any, names: frozenset[str]) -> list[Any]:
    candidates = apps.get_model("auth", "Permission").objects.select_related("content_type")
    rows = candidates.filter(codename__in=[name.partition(".")[2] for name in names])
    return [row for row in rows if f"{row.content_type.app_label}.{row.codename}" in names]
