"""Failed logins by password: from where, how many, and until when no more are taken.

django-axes counts them in the database, so all processes know of them. It covers whatever asks Django's
`authenticate`: our pages and the admin.
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

# For a caller whose address is not one of the internet.
_NO_ADDRESS = "::"


class Handler(AxesDatabaseHandler):  # type: ignore[misc]
    """Counts by userid and address together, by address alone with a bound of its own, and by network of IPv6
    (/48), which has the bound of ADDRESSES_PER_NETWORK addresses.

    Not by userid alone: a stranger who knows a userid could lock its owner out.
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """The failures, on the scale of one userid. Those of an address or a network count for a part."""
        counts = map(_sum, self.get_user_attempts(request, credentials))
        limit = int(settings.AXES_FAILURE_LIMIT)
        return max(count * limit // bound for count, bound in zip(counts, _bounds(), strict=False))

    def filter_user_attempts(
        self, request: HttpRequest, credentials: dict[str, Any] | None = None
    ) -> "list[QuerySet[Any]]":
        """Of the userid at this address, of the address, and of the network if there is one."""
        rows: list[QuerySet[Any]] = super().filter_user_attempts(request, credentials)
        if network := _network_of(request.axes_ip_address):  # type: ignore[attr-defined]
            rows.append(AccessAttempt.objects.filter(network))
        return rows

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Forget the failures of this userid at this address. Those of the address with other userids stay:
        otherwise an own account would allow guessing for ever."""
        of_person, *_ = self.filter_user_attempts(request, credentials)
        deleted, _ = of_person.delete()
        return int(deleted)


def seconds_left(request: HttpRequest) -> int:
    """How many seconds logins from this client are still rejected, after a failed one."""
    handler = AxesProxyHandler.get_implementation()
    attempts = handler.get_user_attempts(request, request.axes_credentials)  # type: ignore[attr-defined]
    ends = [_end(rows, limit) for rows, limit in zip(attempts, _bounds(), strict=False)]
    attempted: datetime = request.axes_attempt_time  # type: ignore[attr-defined]
    latest = max((end for end in ends if end), default=attempted)
    left: timedelta = latest + get_cool_off(request) - attempted
    return max(1, math.ceil(left.total_seconds()))


def _bounds() -> tuple[int, int, int]:
    """How many failures of each kind there may be."""
    of_address = settings.IM66.login_failures_per_address
    return int(settings.AXES_FAILURE_LIMIT), of_address, of_address * ADDRESSES_PER_NETWORK


def _network_of(address: str) -> Q | None:
    """What finds the addresses of the same network, as `address_of` writes them; None for IPv4."""
    if ":" not in address or address == _NO_ADDRESS:
        return None
    first = IPv6Network((address, 48), strict=False).network_address
    # What the others have in common, as a text: none has only zeros after it.
    others = ":".join(f"{int(part, 16):x}" for part in first.exploded.split(":")[:3]) + ":"
    return Q(ip_address=str(first)) | Q(ip_address__startswith=others)


def _sum(rows: "QuerySet[Any]") -> int:
    return sum(rows.values_list("failures_since_start", flat=True))


def _end(rows: "QuerySet[Any]", limit: int) -> datetime | None:
    """The time of the failure with whose end fewer than `limit` are left. None if there are fewer."""
    failures = 0
    newest_first = rows.order_by("-attempt_time").values_list("attempt_time", "failures_since_start")
    attempted: datetime
    for attempted, count in newest_first:
        failures += count
        if failures >= limit:
            return attempted
    return None


def address_of(request: HttpRequest) -> str:
    """The address of the caller, as the database takes it. One for all addresses of a subscriber."""
    subscriber, _ = caller_at(request.META.get("REMOTE_ADDR", ""))
    if subscriber.isdecimal():
        # The first half of an IPv6 address.
        return str(IPv6Address(int(subscriber) << 64))
    try:
        return str(ip_address(subscriber))
    except ValueError:
        return _NO_ADDRESS


def userid_in(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The userid that failed, cut off where none can go on: the admin's form takes any length, the column of
    the table does not."""
    userid = (credentials or request.POST).get("username") or ""
    return str(userid)[:MAX_LENGTH]


def described(username: str, address: str, agent: str, path: str, request: HttpRequest) -> str:
    """The log's name of the caller that failed."""
    return f"{address} at {path}"
