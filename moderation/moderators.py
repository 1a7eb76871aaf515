"""Moderators, and what they may do at the desk."""

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
EVERYTHING = frozenset(name for name, _ in PERMISSIONS)
# What no backend may do, for any person: a backend that reads it could publish it.
_OF_PEOPLE_ONLY = frozenset({SEE_REPORTERS, EXPORT_AUDIT, READ_PRIVATE, VIEW_STATUS})
OF_KEYS = EVERYTHING - _OF_PEOPLE_ONLY

# In the audit log, for a permission that no role has.
_PROTECTED = "protected"


class RoleMissing(DeskError):
    """The moderator may not do that. `permission`: which one is missing."""

    name = Name.NOT_ALLOWED
    text = gettext_noop("This needs another role.")

    def __init__(self, permission: str) -> None:
        super().__init__()
        self.permission = permission


class Moderator(NamedTuple):
    """The actor. `name`: in the audit log, a userid as a rule. `address`: where they are. `is_superuser`: may
    act on staff too. `acts_for`: of a backend, the person on whose behalf it acts."""

    name: str
    address: str = ""
    may: frozenset[str] = frozenset()
    is_superuser: bool = False
    acts_for: str = ""

    @property
    def person(self) -> str:
        """The person behind the action: moderators do not act on themselves, nor by a backend."""
        return self.acts_for or self.name

    def require(self, permission: str, action: str = "", target: str = "") -> None:
        """Raises NotAllowed without the permission. Then the audit log has a line of it: so call this outside
        of a transaction. `action`, `target`: what the moderator wants to do."""
        if permission not in self.may:
            audit.refused(self, permission, action, target)
            raise RoleMissing(permission)

    def require_others(self, userids: Collection[str], action: str, target: str) -> None:
        """Raises ProtectedPerson if one of these is the moderator, or staff and the moderator is no
        superuser, or the service itself. The audit log has a line of it, as above."""
        protected = {self.person, *desk_userids()}.intersection(userids)
        protected = protected or self._staff_among(userids)
        if protected:
            audit.refused(self, _PROTECTED, action, target)
            raise ProtectedPerson(userid=min(protected))

    def _staff_among(self, userids: Collection[str]) -> set[str]:
        if self.is_superuser:
            return set()
        staff = User.objects.filter(pk__in=userids, is_staff=True) | User.objects.filter(
            pk__in=userids, is_superuser=True
        )
        return set(staff.values_list("pk", flat=True))


# The actor of an operator's command. No userid has a slash.
COMMAND = Moderator("/manage.py")


def moderator_of(user: User, address: str) -> Moderator:
    """What the person may do at the desk now: nothing unless they are active staff."""
    if not (user.is_active and user.is_staff):
        return Moderator(user.pk, address)
    held = EVERYTHING if user.is_superuser else frozenset(_held(user.get_all_permissions()))
    return Moderator(user.pk, address, held, user.is_superuser)


def backend(key: str, address: str, person: User | None = None) -> Moderator:
    """What a backend may do there with the API key of this id: the audit log names the key. `person`: whom it
    says to act for; then it may do no more than that person, and nothing that only superusers may."""
    if person is None:
        return Moderator(f"key:{key}", address, OF_KEYS)
    may = OF_KEYS & moderator_of(person, address).may
    return Moderator(f"key:{key}", address, may, acts_for=person.pk)


def _held(permissions: Iterable[str]) -> Iterable[str]:
    return (name.partition(".")[2] for name in permissions if name.startswith("moderation."))
