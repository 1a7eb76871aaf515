"""What others may read of accounts."""

from functools import cache
from typing import Protocol

from django.conf import settings
from django.templatetags.static import static

# Clients take what stands between the first `-` of a URL and the next `.` for a length or a size, and a
# URL travels in a frame whose separator is `_`: neither may occur in this path.
DEFAULT_AVATAR = "im66/avatar.png"


def absolute_url(path: str, base_url: str) -> str:
    """`path` as clients can open it: as it is if it has a scheme, else below the configured public URL,
    else below `base_url`, the address the client itself used."""
    if "://" in path:
        return path
    return f"{settings.IM66.public_url or base_url}/{path.lstrip('/')}"


class Pictured(Protocol):
    """A person, as an instance of User or as what was read of one."""

    @property
    def avatar(self) -> str: ...


def avatar_url(user: Pictured, base_url: str) -> str:
    """The URL of the picture of `user`: its own or the default one, which is served."""
    return absolute_url(user.avatar or _default_avatar(), base_url)


@cache
def _default_avatar() -> str:
    # Kept, for a reply may name it hundreds of times.
    return static(DEFAULT_AVATAR)
