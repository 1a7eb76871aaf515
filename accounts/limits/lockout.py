"""Lockout after failed logins by password.

django-axes counts failures in the database, so all processes share them. It covers everything that calls
Django's `authenticate`: our pages and the admin.
"""

import math
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.limits.callers import caller_at
from accounts.limits.limits import ADDRESSES_PER_NETWORK
from accounts.names.userids import MAX_LENGTH

# For a caller without an IP address.
_NO_ADDRESS = "::"


class Handler(AxesDatabaseHandler):  # type: ignore[misc]
    """Counts failures by userid and address, by address with a separate bound, and by IPv6 network (/48)
    with the bound of ADDRESSES_PER_NETWORK addresses.

    Failures are not counted by userid alone: anyone who knows a userid could lock its owner out.
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return the largest of the counts, scaled to the bound of one userid at one address."""
        counts = map(_sum, self.get_user_attempts(request, credentials))
        limit = int(settings.AXES_FAILURE_LIMIT)
        return max(count * limit // bound for count, bound in zip(counts, _bounds(), strict=False))

    def filter_user_attempts(
        self, request: HttpRequest, credentials: dict[str, Any] | None = None
    ) -> "list[QuerySet[Any]]":
        """Return the attempts of the userid at this address, of the address, and of its network if it has
        one."""
        rows: list[QuerySet[Any]] = super().filter_user_attempts(request, credentials)
        if network := _network_of(request.axes_ip_address):  # type: ignore[attr-defined]
            rows.append(AccessAttempt.objects.filter(network))
        return rows

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Delete the failures of this userid at this address. Failures of the address with other userids
        stay: otherwise a login with an own account would permit further guessing."""
        of_person, *_ = self.filter_user_attempts(request, credentials)
        deleted, _ = of_person.delete()
        return int(deleted)


def seconds_left(request: HttpRequest) -> int:
    """Return the seconds for which logins from this client are still rejected, after a failed login."""
    handler = AxesProxyHandler.get_implementation()
    attempts = handler.get_user_attempts(request, request.axes_credentials)  # type: ignore[attr-defined]
    ends = [_end(rows, limit) for rows, limit in zip(attempts, _bounds(), strict=False)]
    attempted: datetime = request.axes_attempt_time  # type: ignore[attr-defined]
    latest = max((end for end in ends if end), default=attempted)
    left: timedelta = latest + get_cool_off(request) - attempted
    return max(1, math.ceil(left.total_seconds()))


def _bounds() -> tuple[int, int, int]:
    """Return the bounds of failures by userid and address, by address, and by network."""
    of_address = settings.IM66.login_failures_per_address
    return int(settings.AXES_FAILURE_LIMIT), of_address, of_address * ADDRESSES_PER_NETWORK


def _network_of(address: str) -> Q | None:
    """Return the filter for addresses of the same network, in the form of `address_of`; None for IPv4."""
    if ":" not in address or address == _NO_ADDRESS:
        return None
    first = IPv6Network((address, 48), strict=False).network_address
    # The common prefix of the other addresses, which have more than zeros after it.
    others = ":".join(f"{int(part, 16):x}" for part in first.exploded.split(":")[:3]) + ":"
    return Q(ip_address=str(first)) | Q(ip_address__startswith=others)


def _sum(rows: "QuerySet[Any]") -> int:
    return sum(rows.values_list("failures_since_start", flat=True))


def _end(rows: "QuerySet[Any]", limit: int) -> datetime | None:
    """Return the time of the failure whose expiry leaves fewer than `limit`. None if there are fewer
    already."""
    failures = 0
    newest_first = rows.order_by("-attempt_time").values_list("attempt_time", "failures_since_start")
    attempted: datetime
    for attempted, count in newest_first:
        failures += count
        if failures >= limit:
            return attempted
    return None


def address_of(request: HttpRequest) -> str:
    """Return the address to store for the caller: one for all addresses of a subscriber."""
    subscriber, _ = caller_at(request.META.get("REMOTE_ADDR", ""))
    if subscriber.isdecimal():
        # The first half of an IPv6 address.
        return str(IPv6Address(int(subscriber) << 64))
    try:
        return str(ip_address(subscriber))
    except ValueError:
        return _NO_ADDRESS


def userid_in(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Return the userid of the failed login, cut to the maximum length. The admin's form accepts any
    length, the database column does not."""
    userid = (credentials or request.POST).get("username") or ""
    return str(userid)[:MAX_LENGTH]


def described(username: str, address: str, agent: str, path: str, request: HttpRequest) -> str:
    """Return the text by which the log names the caller."""
    return f"{address} at {path}"
