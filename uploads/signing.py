"""The addresses of files of any type. In token mode an address is signed, and expires."""

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
# The shipped apps keep what they were sent, and ask for nothing again.
SHIPPED_HOURS = 365 * 24
# The end of an address that moderators get begins with it. It also gives what was recalled.
DESK = "d"
_END = re.compile(rf"{DESK}?([0-9]{{1,12}})")
SIGNATURE_LENGTH = 32


def path_of(id_: str) -> str:
    """The path that lasts. It is what clients send."""
    return f"{PATH}{id_}{names.FILE_ENDING}"


def signed(path: str) -> str:
    """The path as somebody gets it who may have the file."""
    return _signed(path, end_in(settings.IM66.file_link_hours))


def signed_for_long(path: str) -> str:
    """The same for the shipped apps."""
    return _signed(path, end_in(max(SHIPPED_HOURS, settings.IM66.file_link_hours)))


def signed_for_desk(path: str) -> str:
    """The same for moderators."""
    return _signed(path, DESK + end_in(settings.IM66.file_link_hours))


def is_signed(path: str, end: str, signature: str) -> bool:
    """Whether it was signed until `end`, which has not come yet."""
    return is_ahead(end) and any(_is(signature, _signature(key, path, end)) for key in signing_keys())


def end_in(hours: int, step: int = 1) -> str:
    """The second until which an address is valid: the same for `step` hours, so that browsers find in their
    caches what they have had."""
    length = step * HOUR
    return str((int(time.time()) // length + 1) * length + hours * HOUR)


def is_ahead(end: str) -> bool:
    """Whether the end of an address has not come yet."""
    match = _END.fullmatch(end)
    return match is not None and int(match[1]) >= time.time()


def is_of_desk(end: str) -> bool:
    return end.startswith(DESK)


def signing_keys() -> list[str | bytes]:
    """Those with which addresses may be signed, the one of today first."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def digest(key: str | bytes, purpose: bytes, text: str) -> str:
    """Hex digits that cannot be computed without the key."""
    return hmac.digest(_derived(key, purpose), text.encode(), "sha256").hex()[:SIGNATURE_LENGTH]


def _is(signature: str, right: str) -> bool:
    return hmac.compare_digest(right.encode(), signature.encode("ascii", "replace"))


def _signed(path: str, end: str) -> str:
    if is_open():
        return path
    return f"{path}?e={end}&s={_signature(settings.SECRET_KEY, path, end)}"


def _signature(key: str | bytes, path: str, end: str) -> str:
    return digest(key, b"im66 addresses of files", f"{path}\0{end}")


@lru_cache(maxsize=16)
def _derived(key: str | bytes, purpose: bytes) -> bytes:
    return hmac.new(force_bytes(key), purpose, sha256).digest()
