"""Checks whether the shipped apps can parse the URLs of stored files, which depends on the server's address.

The apps read the text between the first `-` of a media URL and the next `.` as a length or a size, and a `_`
ends the URL in a frame. So neither may occur before the file's name.
"""

import logging
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from accounts.codes import Failed, Name, gettext_noop
from uploads.selectors import media_url

logger = logging.getLogger(__name__)

_UNPARSABLE = {"-", "_"}
# Clients can invent host names, so only this many addresses are logged.
MAX_LOGGED_ADDRESSES = 100
_logged: set[str] = set()


class UnreadableAddress(Failed):
    """The apps could not read the file's URL."""

    name = Name.TRY_AGAIN
    text = gettext_noop("No file can be stored, because of the address of this server.")


def is_readable(address: str) -> bool:
    """Return whether the apps can parse the URLs of files below `address`."""
    return not _UNPARSABLE & set(address)


def check(base_url: str) -> None:
    """Log a warning, once for each address, if the apps cannot parse the URLs of files.

    `base_url` is the address that the client used. Raises UnreadableAddress if uploads are then to be
    refused.
    """
    address = media_url("", base_url)
    if is_readable(address):
        return
    is_refused = settings.IM66.legacy_media_host == "refuse"
    _log(address, is_refused)
    if is_refused:
        raise UnreadableAddress


def _log(address: str, is_refused: bool) -> None:
    if address in _logged or len(_logged) >= MAX_LOGGED_ADDRESSES:
        return
    _logged.add(address)
    logger.log(
        logging.ERROR if is_refused else logging.WARNING,
        "The apps cannot read the URLs of files below %s, because of its '-' or '_'%s. Set IM66_MEDIA_URL (or"
        " IM66_PUBLIC_URL) to an address without them.",
        address,
        ": uploads are refused" if is_refused else "",
    )


@register
def check_media_host(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn if the configured address is unparsable. Without a setting, only requests reveal the address."""
    name = "IM66_MEDIA_URL" if settings.IM66.media_url else "IM66_PUBLIC_URL"
    url = settings.IM66.media_url or settings.IM66.public_url
    if is_readable(url):
        return []
    return [
        Warning(
            f"{name} ({url}) holds '-' or '_'. The Android client reads a wrong length or size from every"
            " media URL below it, or loses its end.",
            hint="Give media a host of their own without these characters, and set IM66_MEDIA_URL to it.",
            id="uploads.W001",
        )
    ]
