"""Invitations, which staff create. Each lets one person create an account."""

import hashlib
import secrets
from datetime import datetime

from django.db.models import Exists, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Invitation, User, in_some_days

# 192 bits cannot be guessed, so their digests need no salt.
_CODE_BYTES = 24


class InvitationInvalid(Exception):
    """The invitation does not exist, was used or revoked, or has expired."""


def invite(
    by: User | None, userid: str = "", expires_at: datetime | None = None, *, makes_admin: bool = False
) -> tuple[Invitation, str]:
    """Create an invitation. Return it and its code, which is not stored and cannot be shown again.
    `makes_admin`: for the first administrator, valid while sign-up is closed, and invalid once there is an
    administrator."""
    expires_at = expires_at or in_some_days()
    invitation = Invitation(made_by=by, userid=userid, expires_at=expires_at, makes_admin=makes_admin)
    code = give_code(invitation)
    invitation.save()
    return invitation, code


def give_code(invitation: Invitation) -> str:
    """Give a new invitation its code. Return the code."""
    code = secrets.token_urlsafe(_CODE_BYTES)
    invitation.digest = digest_of(code)
    return code


def digest_of(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def find(digest: str) -> Invitation:
    """Return the valid invitation with the code of this digest. Raises InvitationInvalid."""
    invitation = _valid().filter(digest=digest).first()
    if not invitation:
        raise InvitationInvalid
    return invitation


def has_admin() -> bool:
    """Return whether there is an administrator, even a banned one: an old link must not create another."""
    return _admins().exists()


def use(invitation: Invitation) -> None:
    """Mark the invitation as used, in the transaction that creates the account. Raises InvitationInvalid."""
    if invitation.makes_admin:
        # If two people use a link each, the second waits here, and then there is an administrator.
        list(Invitation.objects.select_for_update().filter(makes_admin=True).order_by("pk"))
    # One statement checks and writes, so that only one of two concurrent uses succeeds.
    if not _valid().filter(pk=invitation.pk).update(used_at=timezone.now()):
        raise InvitationInvalid


def note_user(invitation: Invitation, user: User) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(used_by=user)


def revoke(invitations: QuerySet[Invitation]) -> int:
    """Revoke the unused ones of these invitations. Return their number."""
    return unused(invitations).update(revoked_at=timezone.now())


def unused(invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """Return those that are neither used nor revoked."""
    return invitations.filter(used_at__isnull=True, revoked_at__isnull=True)


def state_of(invitation: Invitation) -> str:
    """Return the translated state for staff."""
    if invitation.used_at:
        return gettext("used")
    by = invitation.made_by
    is_late = invitation.makes_admin and has_admin()
    if invitation.revoked_at or is_late or (by and not (by.is_active and by.is_staff)):
        return gettext("taken back")
    return gettext("not used yet") if invitation.expires_at > timezone.now() else gettext("expired")


def _valid() -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        _made_by_staff(),
        Q(makes_admin=False) | ~Exists(_admins()),
        used_at__isnull=True,
        revoked_at__isnull=True,
        expires_at__gt=timezone.now(),
    )


def _admins() -> QuerySet[User]:
    return User.objects.filter(is_superuser=True)


def _made_by_staff() -> Q:
    """Select invitations whose maker is still staff and not banned, or that a command made."""
    # Not by a join: an update with one would look for `used_at` in a copy of the row that may be older.
    return Q(made_by=None) | Q(made_by__in=User.objects.filter(is_active=True, is_staff=True))
