"""Moderators and their permissions at the desk."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from accounts.codes import Name, gettext_noop
from accounts.models import User
from accounts.services import desk_userids
from moderation import audit
from moderation.errors import DeskError, ProtectedPerson
from moderation.models.audit import PERMISSIONS

READ_DESK = "read_desk"
ACT_ON_PEOPLE = "act_on_people"
ACT_ON_GROUPS = "act_on_groups"
ACT_ON_MESSAGES = "act_on_messages"
HANDLE_REPORTS = "handle_reports"
CHANGE_RULES = "change_rules"
READ_PRIVATE = "read_private"
SEE_REPORTERS = "see_reporters"
VIEW_AUDIT = "view_audit"
EXPORT_AUDIT = "export_audit"
VIEW_STATUS = "view_status"
ALL_PERMISSIONS = frozenset(name for name, _ in PERMISSIONS)
# Permissions that no backend has, on nobody's behalf: a backend could publish what it reads.
_PERSON_ONLY_PERMISSIONS = frozenset({SEE_REPORTERS, EXPORT_AUDIT, READ_PRIVATE, VIEW_STATUS})
KEY_PERMISSIONS = ALL_PERMISSIONS - _PERSON_ONLY_PERMISSIONS

# The permission named in the audit log when the target is protected. No role has it.
_PROTECTED = "protected"


class RoleMissing(DeskError):
    """The moderator lacks this `permission`."""

    name = Name.NOT_ALLOWED
    text = gettext_noop("This needs another role.")

    def __init__(self, permission: str) -> None:
        super().__init__()
        self.permission = permission


class Moderator(NamedTuple):
    """The actor. `name`: in the audit log, usually a userid. `address`: client address. `may`: permissions.
    `is_superuser`: may also act on staff. `acts_for`: the person on whose behalf a backend acts."""

    name: str
    address: str = ""
    may: frozenset[str] = frozenset()
    is_superuser: bool = False
    acts_for: str = ""

    @property
    def person(self) -> str:
        """The person behind the action. Moderators cannot act on themselves, not through a backend either."""
        return self.acts_for or self.name

    def require(self, permission: str, action: str = "", target: str = "") -> None:
        """Raise RoleMissing without the permission, and record the refusal of this action on this target.

        Do not call it in a transaction, which would roll the record back.
        """
        if permission not in self.may:
            audit.record_refusal(self, permission, action, target)
            raise RoleMissing(permission)

    def require_others(self, userids: Collection[str], action: str, target: str) -> None:
        """Raise ProtectedPerson if one of the people is the moderator, the service itself, or, unless the
        moderator is a superuser, staff. Records the refusal; do not call it in a transaction."""
        protected = {self.person, *desk_userids()}.intersection(userids)
        protected = protected or self._staff_among(userids)
        if protected:
            audit.record_refusal(self, _PROTECTED, action, target)
            raise ProtectedPerson(userid=min(protected))

    def _staff_among(self, userids: Collection[str]) -> set[str]:
        if self.is_superuser:
            return set()
        staff = User.objects.filter(pk__in=userids, is_staff=True) | User.objects.filter(
            pk__in=userids, is_superuser=True
        )
        return set(staff.values_list("pk", flat=True))


# The actor of operators' commands. Userids contain no slash.
COMMAND = Moderator("/manage.py")


def moderator_of(user: User, address: str) -> Moderator:
    """Return the person as a moderator; without permissions unless they are active staff."""
    if not (user.is_active and user.is_staff):
        return Moderator(user.pk, address)
    held = ALL_PERMISSIONS if user.is_superuser else frozenset(_desk_permissions(user.get_all_permissions()))
    return Moderator(user.pk, address, held, user.is_superuser)


def backend(key: str, address: str, person: User | None = None) -> Moderator:
    """Return the actor for a backend with the API key of this id. The audit log names the key.

    `person`: on whose behalf it acts; it then has only that person's permissions, and none of a superuser.
    """
    if person is None:
        return Moderator(f"key:{key}", address, KEY_PERMISSIONS)
    may = KEY_PERMISSIONS & moderator_of(person, address).may
    return Moderator(f"key:{key}", address, may, acts_for=person.pk)


def _desk_permissions(permissions: Iterable[str]) -> Iterable[str]:
    return (name.partition(".")[2] for name in permissions if name.startswith("moderation."))
