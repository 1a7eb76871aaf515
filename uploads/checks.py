"""`manage.py check` for the addresses of media."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from uploads.hosts import is_readable


@register
def check_media_host(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Without either setting, the address is known only when a request names it."""
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
