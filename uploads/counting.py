"""The owner of an upload, and how it counts towards the limits."""

from rest_framework.request import Request

from accounts.addresses import client_address
from accounts.limits import limits
from accounts.limits.limits import TooFast
from uploads.calls import ARRIVED
from uploads.selectors import owner_of_person


def count(request: Request, userid: str) -> None:
    """Count an upload towards the limits. `userid` is empty if the caller is unknown. Raises TooFast."""
    address, ours, arrived = client_address(request._request), limits.current(), _arrived(request)
    ours.uploads.take(address, userid)
    try:
        ours.upload_bytes.take(address, userid, arrived)
    except TooFast:
        ours.upload_bytes.charge(address, userid, arrived)  # its bytes took bandwidth nevertheless
        raise


def owner(request: Request, userid: str) -> str:
    """Return the owner of an uploaded file: the person, or the client's address if `userid` is empty.

    The owner distinguishes equal files of different people.
    """
    return owner_of_person(userid) if userid else f"address {client_address(request._request)}"


def _arrived(request: Request) -> int:
    """Return the number of bytes of the body that have arrived, or the announced length."""
    scope = getattr(request._request, "scope", {})
    return int(scope.get(ARRIVED) or request.META.get("CONTENT_LENGTH") or 0)
