"""The logins of people: each browser session, and all tokens together, which the server can only invalidate
together."""

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

# The maximum of browser sessions of a person. The oldest ones end.
MAX_LOGINS = 50
# The session key for the `ProviderLogin`.
PROVIDER_LOGIN = "openid_login"
# A login is recent for this time, and sensitive actions do not ask for the password again.
FRESH_SECONDS = 600


class ProviderLogin(TypedDict):
    """A login by the OpenID provider. `session`: the provider's session id, empty if it has none. `at`: the
    time of the login by the provider's clock. `id_token`: the signed token."""

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
    """Record that the person has logged in with the session of this request."""
    if request.session.session_key is None:
        request.session.save()
    about = {"agent": agent_of(request), "address": stored_address(request), "at": timezone.now()}
    if login := provider_login(request, userid):
        about |= {"provider_session": login["session"], "provider_at": login["at"]}
    key = request.session.session_key
    BrowserLogin.objects.update_or_create(session_key=key, defaults={"user_id": userid, **about})
    for old in _stored_logins(userid)[MAX_LOGINS:]:
        _end(old)


def provider_login(request: HttpRequest, userid: str) -> ProviderLogin | None:
    """Return the OpenID login of this person in the session of the request, None if there is none."""
    login: ProviderLogin | None = request.session.get(PROVIDER_LOGIN)
    return login if login and login["userid"] == userid else None


def note_code(request: HttpRequest) -> None:
    """Record that another device has confirmed this request's session by a code."""
    BrowserLogin.objects.filter(session_key=request.session.session_key).update(by_code=True)


def forget(session_key: str) -> None:
    """Delete the record of a session that has ended."""
    BrowserLogin.objects.filter(session_key=session_key).delete()


def logins_of(userid: str) -> list[ActiveLogin]:
    """Return the valid browser sessions, latest first."""
    return [
        ActiveLogin(session_digest(row.session_key), row.agent, row.address, row.at)
        for row in _valid_logins(userid)
    ]


def end_one(userid: str, login: str) -> bool:
    """End the browser session with this digest, and its sockets. Return whether there was one."""
    for row in _stored_logins(userid):
        if session_digest(row.session_key) == login:
            _end(row)
            return True
    return False


def end_provider_logins(until: float, **filters: str) -> None:
    """End the browser sessions whose OpenID login was no later than `until`, by the provider's clock.
    `filters`: at least one of `user` and `provider_session`."""
    if not filters:
        raise ValueError("whose?")
    for row in BrowserLogin.objects.filter(provider_at__lte=until, **filters):
        _end(row)


def end_tokens(userid: str) -> None:
    """Invalidate all tokens issued so far, and end the sessions and sockets that use one."""
    with transaction.atomic():
        User.objects.filter(pk=userid).update(tokens_from=proofs_count_from())
        end_sessions(userid, TOKENS)


def end_others(userid: str, except_login: str) -> None:
    """End all logins except the browser session with the digest `except_login`; empty: all logins."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=userid)
        User.objects.filter(pk=userid).update(proofs_from=proofs_count_from())
        stamp = User.objects.get(pk=userid).get_session_auth_hash()
        for row in _stored_logins(userid):
            if session_digest(row.session_key) != except_login:
                _end(row)
            else:
                _set_stamp(row.session_key, stamp)
        end_sessions(userid, TOKENS if except_login else EVERYTHING)


def is_fresh(userid: str, login: str) -> bool:
    """Return whether the login with this browser is recent, and not by a code, which the person may have
    scanned for another person's browser."""
    since = timezone.now() - timedelta(seconds=FRESH_SECONDS)
    rows = (row for row in _valid_logins(userid) if not row.by_code)
    return any(session_digest(row.session_key) == login and row.at > since for row in rows)


def stored_address(request: HttpRequest) -> str:
    """Return the client's address or network, as the setting allows it to be stored; empty if it does not."""
    setting: str = settings.IM66.login_addresses
    if setting == "none":
        return ""
    return network_of_client(request) if setting == "network" else readable_address(request)


def agent_of(request: HttpRequest) -> str:
    """Return the `User-Agent` of the request, cut and without unprintable characters."""
    agent = request.META.get("HTTP_USER_AGENT", "")[:AGENT_LENGTH]
    return "".join(sign for sign in agent if sign.isprintable())


def _stored_logins(userid: str) -> list[BrowserLogin]:
    return list(BrowserLogin.objects.filter(user=userid).order_by("-at"))


def _valid_logins(userid: str) -> Iterator[BrowserLogin]:
    """Yield the logins whose sessions are valid, and delete the others."""
    rows = _stored_logins(userid)
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
    """End the session, and with it its sockets: see accounts/receivers.py."""
    with transaction.atomic():
        for session in Session.objects.filter(pk=row.session_key):
            session.delete()
        row.delete()


def _set_stamp(key: str, stamp: str) -> None:
    """Store the new session hash in the session, so that it stays valid."""
    store = SessionStore(key)
    if store.get(HASH_SESSION_KEY):
        store[HASH_SESSION_KEY] = stamp
        # It may have ended meanwhile.
        with suppress(UpdateError):
            store.save()
