"""Changes of a person's account status: muted, banned, warned, sessions that end. Pure."""

import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct

# All sessions of the person.
EVERYTHING = "*"
# Those that a token has proved.
TOKENS = "tokens"
_DIGEST_CHARACTERS = 32


class Change(Struct, frozen=True, omit_defaults=True):
    """What changes, None or empty for what stays as it is.

    `ended`: which sessions end on all sockets, as EVERYTHING, TOKENS or the digest of one browser session.
    `until`: the second since 1970 at which a mute or a ban ends; None: for good. `reason`: shown to the
    person. `group`: only there the person is muted, or no longer. `warned`: the person only gets the reason.
    `rules`: the desk's rules have changed, and no account status.
    """

    muted: bool | None = None
    banned: bool | None = None
    ended: str = ""
    until: int | None = None
    reason: str = ""
    group: int | None = None
    warned: bool = False
    rules: bool = False


class AccountStatus(NamedTuple):
    """Whether a person is muted and banned, and why: `reason` is that of the ban, or without one that of the
    mute; `muted_reason` that of the mute of somebody who is banned as well."""

    muted: bool
    banned: bool
    reason: str
    muted_reason: str

    @property
    def why_muted(self) -> str:
        return self.muted_reason if self.banned else self.reason

    def after(self, change: Change) -> "AccountStatus":
        """What it is after the change: a ban that ends leaves the reason of the mute from before it."""
        muted = self.muted if change.muted is None else change.muted
        banned = self.banned if change.banned is None else change.banned
        why_muted = (change.reason if change.muted else self.why_muted) if muted else ""
        if not banned:
            return AccountStatus(muted, banned, why_muted, "")
        return AccountStatus(muted, banned, change.reason if change.banned else self.reason, why_muted)


def session_digest(session_key: str) -> str:
    """A name for a browser session that does not tell its key."""
    return sha256(session_key.encode()).hexdigest()[:_DIGEST_CHARACTERS]


def moment_of(second: int | None) -> datetime | None:
    """That second since 1970."""
    return None if second is None else datetime.fromtimestamp(second, UTC)


def second_of(moment: datetime | None) -> int | None:
    """The second since 1970."""
    return None if moment is None else int(moment.timestamp())


def proofs_count_from() -> float:
    """The moment from which proofs count of somebody who is banned now."""
    return time.time()
