"""API keys, by which a trusted backend acts for any user but staff.

A key holds 256 random bits that nobody can guess, so a single SHA-256 protects what is stored. A slow hash is
for passwords, which people choose; here it would only let strangers cost the server time with forged keys.
"""

import hashlib
import logging
import re
import threading
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import partial
from hmac import compare_digest
from secrets import token_hex, token_urlsafe

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.authentication.proofs import BadToken, Fault, Scope
from accounts.models import ApiKey
from accounts.signals import key_made, key_revoked

logger = logging.getLogger(__name__)

# The stored time of the last use may be this old.
MAX_AGE = timedelta(minutes=1)


class LastUses:
    """Writes the last use of API keys in a background thread. Pending writes are lost when the process
    ends."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._waiting: dict[str, datetime] = {}
        self._thread: threading.Thread | None = None

    def note(self, key: ApiKey, at: datetime) -> None:
        """Write the use of the key in the background once the current transaction is committed, unless the
        stored time is recent. Never blocks."""
        if key.seen_at is None or key.seen_at < at - MAX_AGE:
            transaction.on_commit(partial(self._add, key.pk, at))

    def _add(self, public_id: str, at: datetime) -> None:
        with self._arrived:
            self._waiting[public_id] = at
            self._arrived.notify()
            if self._thread is None:
                # A daemon: a process that ends should not wait for it.
                self._thread = threading.Thread(target=self._run, name="im66-last-uses", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            public_id, at = self._next()
            try:
                _write(public_id, at)
            except Exception as error:
                logger.error("The last use of an API key could not be written: %s", error)
            finally:
                connection.close()

    def _next(self) -> tuple[str, datetime]:
        with self._arrived:
            self._arrived.wait_for(lambda: bool(self._waiting))
            return self._waiting.popitem()


def _write(public_id: str, at: datetime) -> None:
    # Another process may have written meanwhile.
    is_old = Q(seen_at=None) | Q(seen_at__lt=at - MAX_AGE)
    ApiKey.objects.filter(is_old, pk=public_id).update(seen_at=at)


last_uses = LastUses()


# Without the scopes that affect everybody or forward everybody's messages: these must be named explicitly.
DEFAULT_SCOPES = (Scope.MESSAGES, Scope.GROUPS, Scope.USERS, Scope.UPLOADS)

# The prefix identifies an API key to people and to secret scanners.
_TEXT = re.compile(r"im66key\.([0-9a-f]{16})\.([A-Za-z0-9_-]{43})")


def make(name: str, scopes: Iterable[str] = DEFAULT_SCOPES) -> ApiKey:
    """Make a key and store it. Its `text` is known only to the caller: a hash of it is stored."""
    return store(ApiKey(name=name), scopes)


def store(key: ApiKey, scopes: Iterable[str], *, by: str | None = None, address: str = "") -> ApiKey:
    """Give a new key its text and its scopes, and store it. `by`: the userid of the superuser who makes it,
    None for an operator's command; `address`: that person's address. Sends `key_made`."""
    secret = token_urlsafe(32)
    key.public_id, key.digest = token_hex(8), _digest(secret)
    key.scopes = " ".join(sorted(set(scopes)))
    key.text = f"im66key.{key.public_id}.{secret}"
    with transaction.atomic():
        key.save(force_insert=True)
        key_made.send(sender=ApiKey, key=key, by=by, address=address)
    return key


def revoke(key: ApiKey, *, by: str | None = None, address: str = "") -> None:
    """Revoke the key. Revoking it again changes nothing. `by`, `address`: as for `store`. Sends
    `key_revoked`."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
            key_revoked.send(sender=ApiKey, key=key, by=by, address=address)


def find(texts: Collection[str]) -> dict[str, ApiKey]:
    """Return the existing keys, revoked or not, by their texts, with one query."""
    parts = {text: match for text in texts if (match := _TEXT.fullmatch(text))}
    if not parts:
        return {}
    rows = ApiKey.objects.in_bulk([match[1] for match in parts.values()])
    return {
        text: row
        for text, match in parts.items()
        if (row := rows.get(match[1])) and compare_digest(row.digest, _digest(match[2]))
    }


def id_in(text: str) -> str:
    """Return the public id in the text of an API key, empty if the text has another form."""
    match = _TEXT.fullmatch(text)
    return match[1] if match else ""


def check(key: ApiKey | None, scopes: Collection[Scope]) -> None:
    """Require that the key may be used for all of `scopes`, and record the use. Raises BadToken."""
    if key is None or not scopes:
        raise BadToken(Fault.BAD_KEY)
    if key.revoked_at:
        raise BadToken(Fault.REVOKED_KEY)
    if not key.allowed.issuperset(scopes):
        raise BadToken(Fault.OUT_OF_SCOPE)
    last_uses.note(key, timezone.now())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
