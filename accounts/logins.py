"""Where people are logged in: their browser sessions, one by one, and all tokens together, of which the
server knows only from when on they count."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.account_status import EVERYTHING, TOKENS, proofs_count_from, session_digest
from accounts.addresses import network_of_client, readable_address
from accounts.authentication import browser_sessions
from accounts.models import AGENT_LENGTH, BrowserLogin, User
from accounts.services import end_sessions

# A person's logins with browsers beyond these end, the oldest first.
MAX_LOGINS = 50
# Where a session keeps which session of the OpenID provider it comes from: `ProviderLogin`.
PROVIDER_LOGIN = "openid_login"
# For so long after somebody has logged in, it counts as if the password had just been asked for.
FRESH_SECONDS = 600


class ProviderLogin(TypedDict):
    """`session`: the provider's name for it, empty if it has none. `at`: when the provider let the person in,
    by its clock. `id_token`: as the provider signed it."""

    userid: str
    session: str
    at: float
    id_token: str


class ActiveLogin(NamedTuple):
    """A browser session. `id`: the session's digest."""

    id: str
    agent: str
    address: str
    at: datetime


def note(request: HttpRequest, userid: str) -> None:
    """The person has logged in with this request's session."""
    if request.session.session_key is None:
        request.session.save()
    about = {"agent": agent_of(request), "address": stored_address(request), "at": timezone.now()}
    if login := provider_login(request, userid):
        about |= {"provider_session": login["session"], "provider_at": login["at"]}
    key = request.session.session_key
    BrowserLogin.objects.update_or_create(session_key=key, defaults={"user_id": userid, **about})
    for old in _stored(userid)[MAX_LOGINS:]:
        _end(old)


def provider_login(request: HttpRequest, userid: str) -> ProviderLogin | None:
    """How the OpenID provider let this person into this request's session; None if it did not."""
    login: ProviderLogin | None = request.session.get(PROVIDER_LOGIN)
    return login if login and login["userid"] == userid else None


def note_code(request: HttpRequest) -> None:
    """Another device has let this request's session in."""
    BrowserLogin.objects.filter(session_key=request.session.session_key).update(by_code=True)


def forget(session_key: str) -> None:
    """The session has ended."""
    BrowserLogin.objects.filter(session_key=session_key).delete()


def logins_of(userid: str) -> list[ActiveLogin]:
    """The browser sessions that still count, latest first."""
    return [
        ActiveLogin(session_digest(row.session_key), row.agent, row.address, row.at)
        for row in _that_count(userid)
    ]


def end_one(userid: str, login: str) -> bool:
    """End the browser session with this digest, and its sockets everywhere. Whether there was one."""
    for row in _stored(userid):
        if session_digest(row.session_key) == login:
            _end(row)
            return True
    return False


def end_of_provider(until: float, **of: str) -> None:
    """End the browser sessions into which the OpenID provider has let people until then, by its clock.
    `of`: at least one of `user`, and `provider_session` by the provider's name for it."""
    if not of:
        raise ValueError("whose?")
    for row in BrowserLogin.objects.filter(provider_at__lte=until, **of):
        _end(row)


def end_tokens(userid: str) -> None:
    """All tokens made so far count no longer, and what is connected with one is cut off, everywhere."""
    with transaction.atomic():
        User.objects.filter(pk=userid).update(tokens_from=proofs_count_from())
        end_sessions(userid, TOKENS)


def end_others(userid: str, except_login: str) -> None:
    """End everything but the browser session with the digest `except_login`; empty: that too."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=userid)
        User.objects.filter(pk=userid).update(proofs_from=proofs_count_from())
        stamp = User.objects.get(pk=userid).get_session_auth_hash()
        for row in _stored(userid):
            if session_digest(row.session_key) != except_login:
                _end(row)
            else:
                _stamp(row.session_key, stamp)
        end_sessions(userid, TOKENS if except_login else EVERYTHING)


def is_fresh(userid: str, login: str) -> bool:
    """Whether the person has just logged in with this browser, and not by a code that they may have scanned
    for somebody else."""
    since = timezone.now() - timedelta(seconds=FRESH_SECONDS)
    rows = (row for row in _that_count(userid) if not row.by_code)
    return any(session_digest(row.session_key) == login and row.at > since for row in rows)


def stored_address(request: HttpRequest) -> str:
    """Where the request comes from, as far as the operator lets it be kept."""
    setting: str = settings.IM66.login_addresses
    if setting == "none":
        return ""
    return network_of_client(request) if setting == "network" else readable_address(request)


def agent_of(request: HttpRequest) -> str:
    """What the browser says of itself."""
    agent = request.META.get("HTTP_USER_AGENT", "")[:AGENT_LENGTH]
    return "".join(sign for sign in agent if sign.isprintable())


def _stored(userid: str) -> list[BrowserLogin]:
    return list(BrowserLogin.objects.filter(user=userid).order_by("-at"))


def _that_count(userid: str) -> Iterator[BrowserLogin]:
    """Those of sessions that have ended are removed."""
    rows = _stored(userid)
    sessions = browser_sessions.find([row.session_key for row in rows])
    user = User.objects.get(pk=userid)
    for row in rows:
        session = sessions.get(row.session_key)
        holds = session and browser_sessions.still_holds(session.stamp, user.password, user.proofs_from)
        if session and holds and session.userid == userid:
            yield row
        else:
            row.delete()


def _end(row: BrowserLogin) -> None:
    """Its sockets end with the session: accounts/receivers.py."""
    with transaction.atomic():
        for session in Session.objects.filter(pk=row.session_key):
            session.delete()
        row.delete()


def _stamp(key: str, stamp: str) -> None:
    """The session goes on counting."""
    store = SessionStore(key)
    if store.get(HASH_SESSION_KEY):
        store[HASH_SESSION_KEY] = stamp
        # It may have ended meanwhile.
        with suppress(UpdateError):
            store.save()
