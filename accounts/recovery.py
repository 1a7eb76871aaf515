"""Mail addresses of people, and what is sent there: links by which a person confirms the address, or sets a
new password.

A link counts for an hour, and until the person's password, address or the second changes from which proofs
count. So it is used once. What it says is signed, and not stored.
"""

import logging
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import NamedTuple

from django.core import signing
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Lower
from django.utils.crypto import constant_time_compare
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from accounts import logins
from accounts.limits import limits
from accounts.limits.limits import TooFast
from accounts.mailing import can_mail, link, mail, post
from accounts.models import User
from accounts.services import is_desk

logger = logging.getLogger(__name__)

LINK_SECONDS = 3600
# So many accounts are sent mail that have the address that somebody has typed.
MAX_ACCOUNTS = 5
# A network address may ask as often as so many accounts.
ACCOUNTS_PER_ADDRESS = 4

_RESET, _CONFIRM = "im66.reset", "im66.confirm"


class LinkInvalid(Exception):
    """The link has been used, or is too old, or was never made."""


class Confirmation(NamedTuple):
    userid: str
    email: str


def ask_for_reset(typed: str, address: str, language: str) -> None:
    """Somebody at this network address wants to set a new password, and has typed a userid or a mail address.
    Nothing tells them whether there is such a person. Raises TooFast, whatever was typed."""
    limits.current().resets.take_alone(f"at {address}", 1 / ACCOUNTS_PER_ADDRESS)
    mail.add(partial(_send_resets, typed.strip(), language))


def ask_to_confirm(userid: str, email: str, language: str) -> None:
    """Send a link to the address that the person wants to have. Raises TooFast."""
    limits.current().resets.take_alone(userid)
    mail.add(partial(_send_confirmation, userid, email, language))


def forget_address(userid: str, language: str) -> None:
    """The person has no mail address any more."""
    _store_address(User.objects.get(pk=userid), "", language)


def reader_of_reset(code: str) -> User:
    """The person who may set a new password with this link. Raises Invalid."""
    parts = _read(code, _RESET)
    user = User.objects.filter(pk=parts[0], is_active=True).first()
    if user is None or not constant_time_compare(parts[1], _stamp(user)):
        raise LinkInvalid
    return user


def reset(code: str, password: str) -> str:
    """Set the password; all logins end. Returns whose it is. Raises Invalid."""
    with transaction.atomic():
        userid = reader_of_reset(code).pk
        User.objects.select_for_update(no_key=True).get(pk=userid)
        user = reader_of_reset(code)
        user.set_password(password)
        user.save(update_fields=["password"])
        logins.end_others(userid, "")
    return userid


def confirmation_in(code: str) -> Confirmation:
    """What the link confirms. Raises Invalid."""
    userid, stamp, email = _read(code, _CONFIRM)
    user = User.objects.filter(pk=userid, is_active=True).first()
    if user is None or not constant_time_compare(stamp, _stamp(user)):
        raise LinkInvalid
    return Confirmation(userid, email)


def confirm(code: str, language: str) -> Confirmation:
    """The address is the person's from now on. Raises Invalid."""
    with transaction.atomic():
        userid = confirmation_in(code).userid
        user = User.objects.select_for_update(no_key=True).get(pk=userid)
        confirmation = confirmation_in(code)
        _store_address(user, confirmation.email, language)
    return confirmation


def mail_password_changed(userid: str, language: str) -> None:
    """The person's password was changed: say so by mail."""
    mail.add(partial(_send_changed, userid, language))


def _store_address(user: User, email: str, language: str) -> None:
    before = user.confirmed_email if user.confirmed_email == user.email else ""
    User.objects.filter(pk=user.pk).update(email=email, confirmed_email=email)
    if before and before != email:
        mail.add(partial(_send_moved, user.pk, before, language))


def _stamp(user: User) -> str:
    """What a link is good for no longer once it has changed."""
    value = f"{user.get_session_auth_hash()}\0{user.email}\0{user.confirmed_email}"
    return sha256(value.encode()).hexdigest()[:32]


def _read(code: str, salt: str) -> list[str]:
    try:
        parts: list[str] = signing.loads(code, salt=salt, max_age=LINK_SECONDS)
    except signing.BadSignature:
        raise LinkInvalid from None
    return parts


# What follows is done in the thread that mails.


def _send_resets(typed: str, language: str) -> None:
    if not can_mail():
        return
    for user in _people_called(typed):
        try:
            # By the account, however it was spelled.
            limits.current().resets.take_alone(user.pk)
        except TooFast:
            continue
        _send_reset(user, language)


def _confirmed() -> QuerySet[User]:
    """People whose address is the one that they have confirmed."""
    return User.objects.filter(confirmed_email__gt="", confirmed_email=F("email"))


def _people_called(typed: str) -> list[User]:
    """Those who have confirmed an address and a password of their own."""
    confirmed = _confirmed().filter(is_active=True)
    by_name = list(confirmed.filter(pk=typed))
    by_mail = confirmed.annotate(lowered=Lower("confirmed_email")).filter(lowered=typed.lower())
    people = {user.pk: user for user in [*by_name, *by_mail[:MAX_ACCOUNTS]]}
    return [user for user in people.values() if user.has_usable_password() and not is_desk(user.pk)]


def _send_reset(user: User, language: str) -> None:
    code = signing.dumps([user.pk, _stamp(user)], salt=_RESET)
    with override(language):
        post(
            user.confirmed_email,
            gettext("Set a new password"),
            gettext("Somebody, probably you, wants to set a new password for the account %(userid)s.")
            % {"userid": user.pk},
            gettext("To do so, open this address within an hour:"),
            link(f"/recover/{code}/"),
            gettext("If it was not you, do nothing. The password stays as it is."),
        )


def _send_confirmation(userid: str, email: str, language: str) -> None:
    user = User.objects.filter(pk=userid, is_active=True).first()
    if user is None or not can_mail():
        return
    code = signing.dumps([userid, _stamp(user), email], salt=_CONFIRM)
    with override(language):
        post(
            email,
            gettext("Confirm your mail address"),
            gettext("The account %(userid)s wants to use this mail address.") % {"userid": userid},
            gettext("If that is you, open this address within an hour:"),
            link(f"/confirm/{code}/"),
            gettext("If it is not, do nothing."),
        )


def _send_moved(userid: str, before: str, language: str) -> None:
    if not can_mail():
        return
    with override(language):
        post(
            before,
            gettext("Your mail address was changed"),
            gettext("The account %(userid)s does not use this mail address any more.") % {"userid": userid},
            gettext("If it was not you, set a new password now, and ask the people who run the server."),
        )


def mail_deletion_due(userid: str, due: datetime, language: str) -> None:
    """The account will be deleted then: call it in the thread."""
    user = _confirmed().filter(pk=userid).first()
    if user is None or not can_mail():
        return
    with override(language):
        post(
            user.confirmed_email,
            gettext("Your account will be deleted"),
            gettext("The account %(userid)s will be deleted on %(day)s, as you have asked.")
            % {"userid": userid, "day": date_format(due)},
            gettext("To keep it, sign in before that:"),
            link("/login/"),
        )


def _send_changed(userid: str, language: str) -> None:
    user = _confirmed().filter(pk=userid).first()
    if user is None or not can_mail():
        return
    with override(language):
        post(
            user.confirmed_email,
            gettext("Your password was changed"),
            gettext("The password of the account %(userid)s was changed. All other logins have ended.")
            % {"userid": userid},
            gettext("If it was not you, set a new one now:"),
            link("/recover/"),
        )
