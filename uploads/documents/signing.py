"""The addresses of files of any type. In token mode an address is signed, and expires."""

import hmac
import re
import time
from hashlib import sha256

from django.conf import settings
from django.utils.encoding import force_bytes

from accounts.services import is_open
from uploads import names

PATH = "/files/"
_HOUR = 3600
# The shipped apps keep what they were sent, and ask for nothing again.
SHIPPED_HOURS = 365 * 24
_SECOND = re.compile(r"[0-9]{1,12}")
_SIGNATURE_LENGTH = 32


def path_of(id_: str) -> str:
    """The path that lasts. It is what clients send."""
    return f"{PATH}{id_}{names.FILE_ENDING}"


def signed(path: str) -> str:
    """The path as somebody gets it who may have the file."""
    return _signed(path, settings.IM66.file_link_hours)


def signed_for_long(path: str) -> str:
    """The same for the shipped apps."""
    return _signed(path, max(SHIPPED_HOURS, settings.IM66.file_link_hours))


def is_signed(path: str, end: str, signature: str) -> bool:
    """Whether it was signed until the second `end`, which has not come yet."""
    if not _SECOND.fullmatch(end) or int(end) < time.time():
        return False
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    given = signature.encode("ascii", "replace")
    return any(hmac.compare_digest(_signature(key, path, end).encode(), given) for key in keys)


def _signed(path: str, hours: int) -> str:
    if is_open():
        return path
    # The same for an hour, so that browsers find in their caches what they have had.
    end = str((int(time.time()) // _HOUR + hours + 1) * _HOUR)
    return f"{path}?e={end}&s={_signature(settings.SECRET_KEY, path, end)}"


def _signature(key: str | bytes, path: str, end: str) -> str:
    said = f"{path}\0{end}".encode()
    derived = hmac.new(force_bytes(key), b"im66 addresses of files", sha256).digest()
    return hmac.new(derived, said, sha256).hexdigest()[:_SIGNATURE_LENGTH]
