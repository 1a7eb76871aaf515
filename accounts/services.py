"""The rules of accounts, and their writes."""

from collections.abc import Iterable, Mapping

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import User, validate_userid


class AccountInactive(Exception):
    """This person was locked out."""


def ensure_users(userids: Iterable[str]) -> None:
    """Make every one of `userids` exist: in open mode a userid comes into being on first use.

    Raises ValidationError for what is no userid, before anything is written.
    """
    wanted = set(userids)
    for userid in wanted:
        validate_userid(userid)
    known = User.objects.filter(pk__in=wanted).values_list("pk", flat=True)
    missing = sorted(wanted.difference(known))
    if missing:
        User.objects.bulk_create(
            [User(userid=userid, password=make_password(None)) for userid in missing], ignore_conflicts=True
        )


def enter(userid: str) -> User:
    """Who `userid` is, taken at its word (open mode), made if new.

    Raises AccountInactive, and ValidationError for what is no userid.
    """
    user = User.objects.filter(pk=userid).first()
    if user is None:
        ensure_users([userid])
        user = User.objects.get(pk=userid)
    if not user.is_active:
        raise AccountInactive(userid)
    return user


def set_avatar(userid: str, url: str) -> None:
    """Give a person another picture. Raises User.DoesNotExist."""
    user = User.objects.get(pk=userid)
    user.avatar = url
    user.save(update_fields=["avatar"])


def raise_delivered(cursors: Mapping[str, int]) -> None:
    """Note that each person has everything in the log up to an id. A cursor never moves back."""
    with transaction.atomic():
        for userid, delivered_id in sorted(cursors.items()):
            User.objects.filter(pk=userid, delivered_id__lt=delivered_id).update(delivered_id=delivered_id)
