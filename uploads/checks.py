"""`manage.py check` for the addresses of media."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register
def check_media_host(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Clients read the text between the first `-` of a media URL and the next `.` as a length or a size. A
    `_` ends the URL in a frame."""
    name = "IM66_MEDIA_URL" if settings.IM66.media_url else "IM66_PUBLIC_URL"
    url = settings.IM66.media_url or settings.IM66.public_url
    parts = urlsplit(url)
    if not {"-", "_"} & set(parts.netloc + parts.path):
        return []
    return [
        Warning(
            f"{name} ({url}) holds '-' or '_'. The Android client reads a wrong length or size from every"
            " media URL below it, or loses its end.",
            hint="Give media a host of their own without these characters, and set IM66_MEDIA_URL to it.",
            id="uploads.W001",
        )
    ]
