"""Sign-in by a code: a browser shows it, and somebody who is signed in elsewhere reads it there and confirms.

Two random values belong to it. The code is public: who sees it may confirm, which lets the browser in as
whoever confirms, or refuse. The secret stays in that browser's cookie: without it nobody is let in. The
database has digests of both, for some minutes. What was confirmed counts once, and only as long as the
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
from accounts.logins import agent_of, kept_address
from accounts.models import SignInCode, User
from accounts.services import is_open

# The page shows another one after so long.
SHOWN_SECONDS = 120
# Who has read it has so long for the decision, and the browser to go on.
DECIDED_SECONDS = 120
_BYTES = 16
# Each costs a row: an address may begin a tenth as many as it may try to log in.
_COST = 10.0


class Gone(Exception):
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
        address=kept_address(request),
        begun_at=now,
        expires_at=now + timedelta(seconds=SHOWN_SECONDS),
    )
    return begun


def state_of(secret: str) -> str:
    """`waiting`, `seen`, `refused`, `confirmed`, or `gone`."""
    found = _standing().filter(secret=_digest(secret)).first()
    if found is None:
        return "gone"
    if found.is_refused:
        return "refused"
    return "confirmed" if found.user_id else "seen" if found.is_seen else "waiting"


def look(code: str, request: HttpRequest) -> Asking:
    """For somebody who is signed in. Who looks first has some more time. Raises Gone."""
    undecided = _undecided(code)
    undecided.filter(is_seen=False).update(
        is_seen=True, expires_at=F("expires_at") + timedelta(seconds=DECIDED_SECONDS)
    )
    found = undecided.first()
    if found is None:
        raise Gone
    own = kept_address(request)
    is_near = _network(found.address) == _network(own) if found.address and own else None
    return Asking(found.agent, found.address, found.begun_at, found.expires_at, is_near)


def confirm(code: str, userid: str) -> None:
    """The browser may go on as this person. Of two who confirm, one does. Raises Gone."""
    stamp = User.objects.get(pk=userid).get_session_auth_hash()
    until = timezone.now() + timedelta(seconds=DECIDED_SECONDS)
    if not _undecided(code).update(user=userid, stamp=stamp, expires_at=until):
        raise Gone


def refuse(code: str) -> None:
    """Raises Gone."""
    if not _undecided(code).update(is_refused=True):
        raise Gone


def redeem(secret: str, request: HttpRequest) -> User:
    """Who has confirmed it, once. Raises Gone."""
    found = _standing().filter(secret=_digest(secret), user__isnull=False).select_related("user").first()
    # Of two requests at once, one deletes it.
    if found is None or found.user is None or not _is_deleted(found):
        raise Gone
    if why := _why_not(found.user, found.stamp):
        refusals.tell("login/code", found.user.pk, client_address(request), why)
        raise Gone
    return found.user


def _is_deleted(found: SignInCode) -> bool:
    number, _ = SignInCode.objects.filter(pk=found.pk).delete()
    return number == 1


def _why_not(user: User, stamp: str) -> str:
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
