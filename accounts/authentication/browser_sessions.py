"""Browser sessions, which people get by logging in on a page: finding them in requests, and reading them.

A browser sends its cookie with every request to this server, even from a page of another site. So the cookie
is accepted only if the headers say that the request comes from a page of ours. Browsers omit these headers on
read requests to a server without TLS in a local network, and old browsers always do. Then the cookie is
accepted only for the API: pages of other sites cannot read its responses, and changes need a CSRF token.
"""

import re
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, parse_cookie
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.account_status import session_digest
from accounts.authentication.origins import is_ours
from accounts.authentication.proofs import Proof, ProofKind
from accounts.models import User

# The form of Django's session keys. Nothing else is looked up in the database.
_KEY = re.compile(r"[0-9a-z]{32}")

# The sessions that one transaction signs again.
_BATCH_SESSIONS = 500

# The headers by which browsers name the page of a request. Apps and old browsers send none of these.
_PAGE_HEADERS = ("Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest")

Header = Callable[[str], str | None]


class BrowserSession(NamedTuple):
    """A browser session. `expires_at`: Unix time in seconds. `stamp`: the person's session hash at the time
    of the login. `digest`: identifies the session."""

    userid: str
    stamp: str
    expires_at: float
    digest: str


def find(keys: Collection[str]) -> dict[str, BrowserSession]:
    """Return the sessions that have not ended, by their keys, with one query."""
    valid = [key for key in keys if _KEY.fullmatch(key)]
    if not valid:
        return {}
    rows = Session.objects.filter(session_key__in=valid, expire_date__gt=timezone.now())
    return {row.session_key: session for row in rows if (session := read(row))}


def read(row: Session) -> BrowserSession | None:
    """Decode a stored session. Return None if nobody has logged in with it, or by a backend that is no longer
    enabled."""
    data: dict[str, Any] = row.get_decoded()
    userid, stamp = data.get(SESSION_KEY), data.get(HASH_SESSION_KEY)
    if not userid or not stamp or data.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    return BrowserSession(userid, stamp, row.expire_date.timestamp(), session_digest(row.session_key))


def still_holds(stamp: str, password: str, proofs_from: float) -> bool:
    """Return whether the stamp of a session matches the stored password and `proofs_from`. It does not once
    either has changed."""
    user = User(password=password, proofs_from=proofs_from)
    return constant_time_compare(stamp, user.get_session_auth_hash())


def sign_again() -> int:
    """Sign all sessions with the current secret key, also those signed with a fallback key. Return their
    number. Unreadable sessions, and sessions that change meanwhile, stay as they are."""
    number, last = 0, ""
    while rows := list(Session.objects.filter(pk__gt=last).order_by("pk")[:_BATCH_SESSIONS]):
        last = rows[-1].pk
        with transaction.atomic():
            number += sum(_sign_again(row) for row in rows)
    return number


def _sign_again(row: Session) -> int:
    """Return the number of sessions that were signed: 1 or 0."""
    data = row.get_decoded()
    unchanged = Session.objects.filter(pk=row.pk, session_data=row.session_data)
    return unchanged.update(session_data=SessionStore().encode(data)) if data else 0


def userid_of(key: str) -> str:
    """Return the userid of the session, empty if it has ended."""
    session = find([key]).get(key)
    if session is None:
        return ""
    stored = User.objects.filter(pk=session.userid).values_list("password", "proofs_from").first()
    return session.userid if stored is not None and still_holds(session.stamp, *stored) else ""


def session_in_request(request: HttpRequest) -> Proof | None:
    """Return the browser session of a request from a page of ours."""
    return _session_in(request.headers.get, request.get_host())


def session_of_silent(request: HttpRequest) -> Proof | None:
    """Like `session_in_request`, but also accept a request without the headers that name its page. Only for
    calls that need a CSRF token for changes."""
    header = request.headers.get
    return _session_in(header, request.get_host(), may_be_silent=not any(map(header, _PAGE_HEADERS)))


def session_in_scope(scope: Any) -> Proof | None:
    """Return the browser session in an ASGI scope. The handshake of a socket must have the header
    `Origin`."""
    headers = _headers(scope)
    if scope["type"] == "websocket" and "Origin" not in headers:
        return None
    return _session_in(headers.get, headers.get("Host", ""))


def _headers(scope: Any) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").title(), value.decode("latin-1")
        # No origin and no host contains a comma, so a repeated header becomes invalid.
        headers[key] = f"{headers[key]}{'; ' if key == 'Cookie' else ','}{text}" if key in headers else text
    return headers


def _session_in(header: Header, host: str, *, may_be_silent: bool = False) -> Proof | None:
    key = parse_cookie(header("Cookie") or "").get(settings.SESSION_COOKIE_NAME)
    counts = may_be_silent or _is_of_our_page(header, host)
    return Proof(ProofKind.SESSION, key) if key and counts else None


def _is_of_our_page(header: Header, host: str) -> bool:
    origin, site = header("Origin"), header("Sec-Fetch-Site")
    if origin is None and header("Sec-Fetch-Dest") != "empty":
        # A picture or a link on our page, whose URL another person may have chosen.
        return False
    if origin is not None and settings.SESSION_COOKIE_SECURE and not origin.startswith("https://"):
        return False
    return is_ours(origin, site, host, settings.CSRF_TRUSTED_ORIGINS)
