"""The addresses of files of any type. In token mode an address is signed and expires."""

import hmac
import re
import time
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.utils.encoding import force_bytes

from accounts.services import is_open
from uploads import names

PATH = "/files/"
HOUR = 3600
# The shipped apps store the addresses that they receive and never fetch new ones.
SHIPPED_APPS_HOURS = 365 * 24
# The prefix of `end` in the addresses made for moderators, which also serve recalled files.
DESK_PREFIX = "d"
_END = re.compile(rf"{DESK_PREFIX}?([0-9]{{1,12}})")
SIGNATURE_LENGTH = 32


def path_of(id_: str) -> str:
    """Return the permanent, unsigned path of a file. This is the path that clients send in messages."""
    return f"{PATH}{id_}{names.FILE_ENDING}"


def sign(path: str) -> str:
    """Return the signed path for a client that may have the file."""
    return _sign(path, expiry_in(settings.IM66.file_link_hours))


def sign_for_shipped_apps(path: str) -> str:
    """Return the signed path for the shipped apps, valid for at least a year."""
    return _sign(path, expiry_in(max(SHIPPED_APPS_HOURS, settings.IM66.file_link_hours)))


def sign_for_moderators(path: str) -> str:
    """Return the signed path for moderators, which also serves a recalled file."""
    return _sign(path, DESK_PREFIX + expiry_in(settings.IM66.file_link_hours))


def is_signed(path: str, end: str, signature: str) -> bool:
    """Return whether the signature is valid for the path and `end`, and `end` is in the future."""
    return is_in_future(end) and any(
        hmac.compare_digest(_signature(key, path, end).encode(), signature.encode("ascii", "replace"))
        for key in signing_keys()
    )


def expiry_in(hours: int, step: int = 1) -> str:
    """Return the Unix time until which an address is valid.

    It is the same for `step` hours, so that browsers can reuse their cached copy.
    """
    length = step * HOUR
    return str((int(time.time()) // length + 1) * length + hours * HOUR)


def is_in_future(end: str) -> bool:
    """Return whether the end of an address is valid and in the future."""
    match = _END.fullmatch(end)
    return match is not None and int(match[1]) >= time.time()


def is_for_desk(end: str) -> bool:
    return end.startswith(DESK_PREFIX)


def signing_keys() -> list[str | bytes]:
    """Return the keys that may have signed an address, the current key first."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def digest(key: str | bytes, purpose: bytes, text: str) -> str:
    """Return an HMAC of the text as hex digits."""
    return hmac.digest(_derived(key, purpose), text.encode(), "sha256").hex()[:SIGNATURE_LENGTH]


def _sign(path: str, end: str) -> str:
    if is_open():
        return path
    return f"{path}?e={end}&s={_signature(settings.SECRET_KEY, path, end)}"


def _signature(key: str | bytes, path: str, end: str) -> str:
    return digest(key, b"im66 addresses of files", f"{path}\0{end}")


@lru_cache(maxsize=16)
def _derived(key: str | bytes, purpose: bytes) -> bytes:
    return hmac.new(force_bytes(key), purpose, sha256).digest()
