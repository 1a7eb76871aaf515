"""Sign-in by a code: a browser shows it, and somebody who is signed in elsewhere reads it there and confirms.

Two random values belong to it. The code is public: anybody who sees it may confirm, which signs the browser
in as that person, or refuse. The secret stays in that browser's cookie, and only with it the code signs in.
The database has digests of both, for some minutes. What was confirmed counts once, and only as long as the
person's logins are those of then.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.conf import settings
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import refusals
from accounts.addresses import client_address, network_of
from accounts.limits import limits
from accounts.logins import agent_of, stored_address
from accounts.models import SignInCode, User
from accounts.services import is_open

# The page shows another one after so long.
CODE_SECONDS = 120
# The time for the decision once the code was read, and for the browser to go on.
DECIDED_SECONDS = 120
_BYTES = 16
# Each costs a row: an address may begin a tenth as many as it may try to log in.
_COST = 10.0


class CodeGone(Exception):
    """There is no such code: it has expired, was refused, or has been used."""


@dataclass(frozen=True, slots=True)
class Begun:
    code: str
    secret: str


@dataclass(frozen=True, slots=True)
class Asking:
    """Which browser asks to be let in. `is_near`: whether it is in the network of the person who looks; None
    if addresses are not kept."""

    agent: str
    address: str
    begun_at: datetime
    expires_at: datetime
    is_near: bool | None


def are_on() -> bool:
    return bool(settings.IM66.qr_sign_in) and not is_open()


def begin(request: HttpRequest, old_secret: str) -> Begun:
    """A code for this browser, in place of the one before. Raises TooFast."""
    limits.current().logins.take(client_address(request), cost=_COST)
    now = timezone.now()
    SignInCode.objects.filter(expires_at__lt=now).delete()
    SignInCode.objects.filter(secret=_digest(old_secret)).delete()
    begun = Begun(token_urlsafe(_BYTES), token_urlsafe(_BYTES))
    SignInCode.objects.create(
        digest=_digest(begun.code),
        secret=_digest(begun.secret),
        agent=agent_of(request),
        address=stored_address(request),
        begun_at=now,
        expires_at=now + timedelta(seconds=CODE_SECONDS),
    )
    return begun


def state_of(secret: str) -> str:
    """`waiting`, `seen`, `refused`, `confirmed`, or `gone`."""
    row = _standing().filter(secret=_digest(secret)).first()
    if row is None:
        return "gone"
    if row.is_refused:
        return "refused"
    return "confirmed" if row.user_id else "seen" if row.is_seen else "waiting"


def inspect(code: str, request: HttpRequest) -> Asking:
    """For somebody who is signed in. The first look extends the time. Raises Gone."""
    undecided = _undecided(code)
    undecided.filter(is_seen=False).update(
        is_seen=True, expires_at=F("expires_at") + timedelta(seconds=DECIDED_SECONDS)
    )
    row = undecided.first()
    if row is None:
        raise CodeGone
    own = stored_address(request)
    is_near = _network(row.address) == _network(own) if row.address and own else None
    return Asking(row.agent, row.address, row.begun_at, row.expires_at, is_near)


def confirm(code: str, userid: str) -> None:
    """The browser may go on as this person. Of two who confirm, one does. Raises Gone."""
    stamp = User.objects.get(pk=userid).get_session_auth_hash()
    until = timezone.now() + timedelta(seconds=DECIDED_SECONDS)
    if not _undecided(code).update(user=userid, stamp=stamp, expires_at=until):
        raise CodeGone


def refuse(code: str) -> None:
    """Raises Gone."""
    if not _undecided(code).update(is_refused=True):
        raise CodeGone


def redeem(secret: str, request: HttpRequest) -> User:
    """The person who has confirmed it, once. Raises Gone."""
    row = _standing().filter(secret=_digest(secret), user__isnull=False).select_related("user").first()
    # Of two requests at once, one deletes it.
    if row is None or row.user is None or not _is_deleted(row):
        raise CodeGone
    if why := _rejection(row.user, row.stamp):
        refusals.log_refusal("login/code", row.user.pk, client_address(request), why)
        raise CodeGone
    return row.user


def _is_deleted(row: SignInCode) -> bool:
    number, _ = SignInCode.objects.filter(pk=row.pk).delete()
    return number == 1


def _rejection(user: User, stamp: str) -> str:
    if not user.is_active:
        return "banned"
    holds = constant_time_compare(stamp, user.get_session_auth_hash())
    return "" if holds else "the person's logins have ended since"


def _standing() -> "QuerySet[SignInCode]":
    return SignInCode.objects.filter(expires_at__gte=timezone.now())


def _undecided(code: str) -> "QuerySet[SignInCode]":
    return _standing().filter(digest=_digest(code), user__isnull=True, is_refused=False)


def _network(address: str) -> str:
    return address if "/" in address else network_of(address)


def _digest(value: str) -> str:
    return sha256(value.encode()).hexdigest()
