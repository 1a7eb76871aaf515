"""The addresses of pictures, recordings and videos for clients that fetch messages again, in token mode.

The name of a stored file gives access to it, for good: the shipped apps keep it. These clients get an address
that expires and that does not tell the name: `/files/<veiled>…?e=<end>&s=<seal>`. The seal is made of the
first part of the name and the end; what is made of the seal veils that part. So an address cannot be changed,
nor turned into the name. The rest of the name is as it is: clients read lengths and sizes in it, and get the
poster of a video under the same seal.
"""

import hmac
import re
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from accounts.services import is_open
from uploads import names, signing
from uploads.names import STEM_LENGTH
from uploads.signing import DESK, PATH

_SEAL, _VEIL = b"im66 seals of media", b"im66 veils of media"
_OURS = re.compile(rf"(?:https?://[^/?#]*)?(?:/wsim)?{names.PATH}({names.PATTERN})(?:[?#].*)?", re.DOTALL)
_HIDDEN = re.compile(rf"{PATH}({names.PATTERN})")
# How many different addresses of a file are given out while one is valid. A browser loads the file again for
# each.
_ADDRESSES = 4


class Opened(NamedTuple):
    """What an address stands for. `for_desk`: a moderator got it."""

    name: str
    for_desk: bool


def hidden(url: str) -> str:
    """What a client gets for the address of a file in a message; as it is, if it is none of ours."""
    return _hidden(url, "")


def hidden_for_desk(url: str) -> str:
    """The same for moderators."""
    return _hidden(url, DESK)


def opened(name: str, end: str, seal: str) -> Opened | None:
    """What is at `/files/<name>` with this end and this seal. None if the server has not given that out, or
    its time is over."""
    if not (signing.is_ahead(end) and len(seal) == signing.SIGNATURE_LENGTH and seal.isascii()):
        return None
    for key in signing.signing_keys():
        stem = _veiled(key, names.stem_of(name), seal)
        if hmac.compare_digest(_seal(key, stem, end), seal):
            return Opened(stem + name[STEM_LENGTH:], signing.is_of_desk(end))
    return None


def opened_at(url: str) -> Opened | None:
    """The same of a whole address."""
    try:
        parts = urlsplit(url)
    except ValueError:  # it is no URL
        return None
    match = _HIDDEN.fullmatch(parts.path)
    if match is None:
        return None
    query = parse_qs(parts.query)
    return opened(match[1], query.get("e", [""])[0], query.get("s", [""])[0])


def is_hidden(url: str) -> bool:
    """Whether it has the form of what clients get, valid or not."""
    try:
        return _HIDDEN.fullmatch(urlsplit(url).path) is not None
    except ValueError:
        return False


def _hidden(url: str, mark: str) -> str:
    name = None if is_open() else _name_in(url)
    if name is None:
        return url
    hours = settings.IM66.file_link_hours
    key, stem = settings.SECRET_KEY, names.stem_of(name)
    end = mark + signing.end_in(hours, max(1, hours // _ADDRESSES))
    seal = _seal(key, stem, end)
    return f"{PATH}{_veiled(key, stem, seal)}{name[STEM_LENGTH:]}?e={end}&s={seal}"


def _name_in(url: str) -> str | None:
    if (place := settings.IM66.media_url) and url.startswith(f"{place}/"):
        name = url[len(place) + 1 :]
        return name if names.is_media_name(name) else None
    match = _OURS.fullmatch(url)
    return match[1] if match else None


def _seal(key: str | bytes, stem: str, end: str) -> str:
    return signing.digest(key, _SEAL, f"{stem}\0{end}")


def _veiled(key: str | bytes, stem: str, seal: str) -> str:
    """The stem with a veil; the veil again takes it away."""
    veil = signing.digest(key, _VEIL, seal)
    return f"{int(stem, 16) ^ int(veil, 16):0{STEM_LENGTH}x}"
