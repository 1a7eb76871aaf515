"""Browser sessions like those that Django creates at login."""

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts.authentication.proofs import Proof, ProofKind
from accounts.models import BrowserLogin, User
from testkit.server import Server


def session_of(userid: str, *, seconds: float = 3600, **said: Any) -> str:
    """Create a session that ends in `seconds`, and return its key.

    `said` replaces values that Django would store; None removes one.
    """
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
    """Create a session in the database of a server, and return its key."""
    code = "from tests.support.sessions import session_of"
    return server.run_python(f"{code}; print(session_of({userid!r}, seconds={seconds!r}))").strip()
