"""Expiring addresses of pictures, recordings and videos, for clients that can fetch messages again, in token
mode.

The name of a stored file gives permanent access to it, and the shipped apps store names. Other clients get an
address that expires and does not reveal the name: `/files/<veiled>…?e=<end>&s=<seal>`. The seal is a MAC of
the stem (the first part of the name) and the end. The stem is masked (XOR) with a second MAC, of the seal. So
an address can neither be changed nor turned into the name. The rest of the name is unchanged: clients read
lengths and sizes in it, and request the poster of a video with the same seal.
"""

import hmac
import re
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from accounts.services import is_open
from uploads import names, signing
from uploads.names import STEM_LENGTH
from uploads.signing import DESK_PREFIX, PATH

_SEAL, _VEIL = b"im66 seals of media", b"im66 veils of media"
_OURS = re.compile(rf"(?:https?://[^/?#]*)?(?:/wsim)?{names.PATH}({names.PATTERN})(?:[?#].*)?", re.DOTALL)
_EXPIRING_PATH = re.compile(rf"{PATH}({names.PATTERN})")
# The number of different addresses of a file during the lifetime of one address. A browser's cache holds a
# copy for each address.
_ADDRESSES_PER_LIFETIME = 4


class OpenedAddress(NamedTuple):
    """The stored file behind an address. `for_desk`: the address was made for a moderator."""

    name: str
    for_desk: bool


def expiring_url(url: str) -> str:
    """Return the expiring address for a file's URL in a message. Other URLs are returned unchanged."""
    return _expiring_url(url, "")


def expiring_url_for_moderators(url: str) -> str:
    """Return the expiring address for moderators, which also serves recalled files."""
    return _expiring_url(url, DESK_PREFIX)


def open_address(name: str, end: str, seal: str) -> OpenedAddress | None:
    """Return the file at `/files/<name>` with this end and seal, or None if they are invalid or expired."""
    if not (signing.is_in_future(end) and len(seal) == signing.SIGNATURE_LENGTH and seal.isascii()):
        return None
    for key in signing.signing_keys():
        stem = _veiled(key, names.stem_of(name), seal)
        if hmac.compare_digest(_seal(key, stem, end), seal):
            return OpenedAddress(stem + name[STEM_LENGTH:], signing.is_for_desk(end))
    return None


def open_url(url: str) -> OpenedAddress | None:
    """Return the file at a whole address. See `open_address`."""
    try:
        parts = urlsplit(url)
    except ValueError:  # it is no URL
        return None
    match = _EXPIRING_PATH.fullmatch(parts.path)
    if match is None:
        return None
    query = parse_qs(parts.query)
    return open_address(match[1], query.get("e", [""])[0], query.get("s", [""])[0])


def is_expiring_url(url: str) -> bool:
    """Return whether the URL has the form of an expiring address, valid or not."""
    try:
        return _EXPIRING_PATH.fullmatch(urlsplit(url).path) is not None
    except ValueError:
        return False


def _expiring_url(url: str, mark: str) -> str:
    name = None if is_open() else _name_in(url)
    if name is None:
        return url
    hours = settings.IM66.file_link_hours
    key, stem = settings.SECRET_KEY, names.stem_of(name)
    end = mark + signing.expiry_in(hours, max(1, hours // _ADDRESSES_PER_LIFETIME))
    seal = _seal(key, stem, end)
    return f"{PATH}{_veiled(key, stem, seal)}{name[STEM_LENGTH:]}?e={end}&s={seal}"


def _name_in(url: str) -> str | None:
    if (base := settings.IM66.media_url) and url.startswith(f"{base}/"):
        name = url[len(base) + 1 :]
        return name if names.is_media_name(name) else None
    match = _OURS.fullmatch(url)
    return match[1] if match else None


def _seal(key: str | bytes, stem: str, end: str) -> str:
    return signing.digest(key, _SEAL, f"{stem}\0{end}")


def _veiled(key: str | bytes, stem: str, seal: str) -> str:
    """Return the stem XORed with the veil. Applied twice, it returns the stem."""
    veil = signing.digest(key, _VEIL, seal)
    return f"{int(stem, 16) ^ int(veil, 16):0{STEM_LENGTH}x}"
