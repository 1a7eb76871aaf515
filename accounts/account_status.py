"""Changes of an account's status: mutes, bans, warnings and ended sessions. Pure."""

import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct

# All sessions of the person.
EVERYTHING = "*"
# All sessions that were authenticated with a token.
TOKENS = "tokens"
_DIGEST_CHARACTERS = 32


class Change(Struct, frozen=True, omit_defaults=True):
    """A change of account status. None or an empty value means no change.

    `ended`: the sessions that end on all sockets: EVERYTHING, TOKENS or the digest of one browser session.
    `until`: the Unix time in seconds at which a mute or a ban ends; None: permanent. `reason`: shown to the
    person. `group`: the only group in which the mute changes. `warned`: the person only receives the reason.
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
    """Whether a person is muted and banned. `reason`: of the ban, or of the mute if there is no ban.
    `muted_reason`: of the mute, set only while the person is banned as well."""

    muted: bool
    banned: bool
    reason: str
    muted_reason: str

    @property
    def why_muted(self) -> str:
        return self.muted_reason if self.banned else self.reason

    def after(self, change: Change) -> "AccountStatus":
        """Return the status after the change. When a ban ends, the reason of an earlier mute is restored."""
        muted = self.muted if change.muted is None else change.muted
        banned = self.banned if change.banned is None else change.banned
        why_muted = (change.reason if change.muted else self.why_muted) if muted else ""
        if not banned:
            return AccountStatus(muted, banned, why_muted, "")
        return AccountStatus(muted, banned, change.reason if change.banned else self.reason, why_muted)


def session_digest(session_key: str) -> str:
    """Return an identifier of a browser session that does not reveal its key."""
    return sha256(session_key.encode()).hexdigest()[:_DIGEST_CHARACTERS]


def moment_of(second: int | None) -> datetime | None:
    """Convert a Unix time in seconds to a datetime in UTC."""
    return None if second is None else datetime.fromtimestamp(second, UTC)


def second_of(moment: datetime | None) -> int | None:
    """Convert a datetime to whole seconds of Unix time."""
    return None if moment is None else int(moment.timestamp())


def proofs_count_from() -> float:
    """Return the Unix time before which all proofs of a person banned now are invalid."""
    return time.time()
