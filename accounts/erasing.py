"""Erasure of a person. Only the userid is kept, because rows of other people refer to it."""

from collections.abc import Collection

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q

from accounts import keyed_calls, services
from accounts.authentication import browser_sessions
from accounts.models import BrowserLogin, CustomFields, Invitation, SignInCode, User
from accounts.signals import announce_profiles

# The profile fields of a person without a profile.
_NO_PROFILE = {"nickname": "", "spelled_name": "", "spelling": "", "avatar": ""}
_BLANK = {
    **_NO_PROFILE,
    "email": "",
    "confirmed_email": "",
    "last_login": None,
    "muted": False,
    "muted_until": None,
    "banned_until": None,
    "standing_reason": "",
    "muted_reason": "",
    "is_staff": False,
    "is_superuser": False,
}


def shut_out(userid: str) -> None:
    """End all access as this person for good: sockets close, sessions and tokens end. Raises
    User.DoesNotExist."""
    with transaction.atomic():
        services.set_account_status(userid, banned=True)
        User.objects.filter(pk=userid).update(password=make_password(None))
    for session in Session.objects.iterator():
        login = browser_sessions.read(session)
        if login and login.userid == userid:
            session.delete()


def blank_profiles(userids: Collection[str]) -> None:
    """Erase the names and pictures of these people."""
    with transaction.atomic():
        User.objects.filter(pk__in=userids).update(**_NO_PROFILE)
        announce_profiles(userids)


def blank(userid: str) -> None:
    """Erase all data of the person in accounts, and their permissions. Idempotent."""
    with transaction.atomic():
        person = User.objects.get(pk=userid)
        person.groups.clear()
        person.user_permissions.clear()
        User.objects.filter(pk=userid).update(**_BLANK)
        announce_profiles([userid])
        BrowserLogin.objects.filter(user=userid).delete()
        SignInCode.objects.filter(user=userid).delete()
        Authenticator.objects.filter(user=userid).delete()
        SocialAccount.objects.filter(user=userid).delete()
        CustomFields.objects.filter(user=userid).delete()
        keyed_calls.forget_person(userid)
        Invitation.objects.filter(Q(userid=userid) | Q(used_by=userid)).delete()
        # Unused invitations that the person made.
        Invitation.objects.filter(made_by=userid, used_at=None).delete()
        people = ContentType.objects.get_for_model(User)
        LogEntry.objects.filter(content_type=people, object_id=userid).update(
            object_repr="", change_message=""
        )
        # Attempts hold userids as typed. Another person's userid may differ in case only.
        others = User.objects.filter(pk__iexact=userid).exclude(pk=userid).values("pk")
        for attempts in (AccessAttempt, AccessFailureLog, AccessLog):
            attempts.objects.filter(username__iexact=userid).exclude(username__in=others).delete()
