"""The owner of an upload, and how it counts towards the limits."""

from rest_framework.request import Request

from accounts.addresses import client_address
from accounts.limits import limits
from accounts.limits.limits import TooFast
from uploads.calls import ARRIVED
from uploads.selectors import of_person


def count(request: Request, who: str) -> None:
    """One more upload by `who`, empty if that is not known. Raises TooFast."""
    address, ours, arrived = client_address(request._request), limits.current(), _arrived(request)
    ours.uploads.take(address, who)
    try:
        ours.upload_bytes.take(address, who, arrived)
    except TooFast:
        ours.upload_bytes.charge(address, who, arrived)  # it took its share of the network all the same
        raise


def owner(request: Request, who: str) -> str:
    """Whose file it is, to tell equal files of different people apart: the person's, or for an unknown caller
    the address's."""
    return of_person(who) if who else f"address {client_address(request._request)}"


def _arrived(request: Request) -> int:
    """The bytes of the body."""
    scope = getattr(request._request, "scope", {})
    return int(scope.get(ARRIVED) or request.META.get("CONTENT_LENGTH") or 0)
