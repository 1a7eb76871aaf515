"""What other packages may read of accounts."""

from functools import cache
from typing import Protocol

from django.conf import settings
from django.templatetags.static import static

# This path must contain neither `-` nor `_`. Clients read what is between the first `-` of a URL and the next
# `.` as a length or a size, and `_` separates the fields of the frame that carries the URL.
DEFAULT_AVATAR = "im66/avatar.png"


def absolute_url(path: str, base_url: str) -> str:
    """The URL under which clients can open `path`. A path with a scheme is returned as it is. Any other path
    is put below the configured public URL or, without one, below `base_url`, the address that the client
    used."""
    if "://" in path:
        return path
    return f"{settings.IM66.public_url or base_url}/{path.lstrip('/')}"


class Pictured(Protocol):
    """A person: an instance of User, or values read from one."""

    @property
    def avatar(self) -> str: ...


def avatar_url(user: Pictured, base_url: str) -> str:
    """The URL of the picture of `user`: their own, or the default one, which this server serves."""
    return absolute_url(user.avatar or _default_avatar(), base_url)


@cache
def _default_avatar() -> str:
    # Cached, because one reply may need it hundreds of times.
    return static(DEFAULT_AVATAR)
