"""One line in the log for each refusal of somebody who may not do something: who tries, where from, and what.

A line holds no proof, no password and no content. A flood of refusals does not become a flood of lines: after
so many of them in a minute, the others are only counted.
"""

import logging
import math
from collections import defaultdict
from collections.abc import Callable
from ipaddress import IPv6Network
from threading import Lock
from time import monotonic
from typing import NamedTuple

from django.conf import settings

from accounts.authentication.authentication import AccountBanned, UnknownPerson
from accounts.limits.callers import SUBSCRIBER_BITS
from accounts.names.userids import is_userid
from accounts.wording import Denial

logger = logging.getLogger(__name__)

PERIOD_SECONDS = 60.0


class Refusal(NamedTuple):
    """`userid`: who somebody says to be, empty if they do not say. `address`: as
    `accounts.limits.callers` names it."""

    action: str
    userid: str
    address: str
    why: str


class _RefusalCount(NamedTuple):
    """`number`: how many refusals of its period there are with this one. `unlisted`: how many of the period
    before were only counted, if this is the first one since."""

    number: int
    unlisted: int


class Refusals:
    """Those of one process. Event loops and threads tell of them."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._ends_at = -math.inf
        self._number = 0

    def log(self, refusal: Refusal) -> None:
        most = settings.IM66.logged_refusals
        number, unlisted = self._count(most)
        if unlisted:
            logger.warning("Refused: %d more, which are not listed", unlisted)
        if number <= most:
            logger.warning("Refused: %s by %s from %s: %s", *_log_fields(refusal))
        elif number == most + 1:
            logger.warning("Refused: more than %d in a minute, the others of it are only counted", most)

    def forget(self) -> None:
        """A new minute begins, and nothing is untold."""
        with self._lock:
            self._ends_at, self._number = -math.inf, 0

    def _count(self, most: int) -> _RefusalCount:
        with self._lock:
            unlisted, now = 0, self._clock()
            if now >= self._ends_at:
                unlisted = max(0, self._number - most)
                self._ends_at, self._number = now + PERIOD_SECONDS, 0
            self._number += 1
            return _RefusalCount(self._number, unlisted)


# How often this process refused something, by the reason's stable name.
counted: defaultdict[str, int] = defaultdict(int)


def forget() -> None:
    _refusals.forget()


def log_refusal(action: str, userid: str, address: str, why: str) -> None:
    """Log that somebody was refused something."""
    _refusals.log(Refusal(action, userid, address, why))


def log_denial(denied: Denial, path: str, userid: str, address: str) -> None:
    """The same of a call at `path`, with the reason that was raised."""
    if isinstance(denied, AccountBanned | UnknownPerson):
        userid = denied.userid
    log_refusal(path.strip("/").removeprefix("wsim/"), userid, address, str(denied))


def log_failed_login(path: str, address: str) -> None:
    """The same of somebody who fails to log in by password on the page at `path`. No userid is logged: people
    type passwords into its field."""
    log_refusal(path.strip("/"), "", address, "wrong userid or password, or too many wrong ones")


def _log_fields(refusal: Refusal) -> tuple[str, str, str, str]:
    # Strangers choose it, and may put something in its place that is secret. No token and no key is a userid.
    userid = repr(refusal.userid) if is_userid(refusal.userid) else "somebody"
    return refusal.action, userid, _address(refusal.address), refusal.why


def _address(subscriber: str) -> str:
    """An address, or the network of a subscriber, which is known by its number."""
    if subscriber.isdecimal():
        return str(IPv6Network((int(subscriber) << SUBSCRIBER_BITS, SUBSCRIBER_BITS)))
    return subscriber or "nowhere"


_refusals = Refusals()
