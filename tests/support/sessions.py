"""Browser sessions, as Django makes them when somebody logs in on a page."""

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts.authentication.proofs import Proof, ProofKind
from accounts.models import BrowserLogin, User
from testkit.server import Server


def session_of(userid: str, *, seconds: float = 3600, **said: Any) -> str:
    """The key of a session that ends in so many seconds. `said`: what it says otherwise than Django would; of
    None, nothing."""
    user = User.objects.get(pk=userid)
    store = SessionStore()
    store[SESSION_KEY] = userid
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]  # the one that knows people
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.set_expiry(int(seconds))
    for name, value in said.items():
        store[name] = value
        if value is None:
            del store[name]
    store.create()
    assert store.session_key
    about = {"agent": "", "address": "", "at": timezone.now()}
    BrowserLogin.objects.create(session_key=store.session_key, user=user, **about)
    return store.session_key


def by_session(key: str) -> Proof:
    return Proof(ProofKind.SESSION, key)


def session_at(server: Server, userid: str, seconds: float = 3600) -> str:
    """The same, in the database of a server."""
    code = "from tests.support.sessions import session_of"
    return server.run_python(f"{code}; print(session_of({userid!r}, seconds={seconds!r}))").strip()
