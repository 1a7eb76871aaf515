"""Fetches avatars from other hosts, but only from those on the allow list: otherwise a URL chosen by a
stranger could make the server call anything it can reach.
"""

import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

SECONDS = 5.0


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A host on the list must not redirect to a host that is not."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def fetch(url: str, target: Path) -> bool:
    """Write the content of `url` to `target`. False if the URL is not allowed, cannot be read, or its content
    is too large."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or parts.hostname not in settings.IM66.avatar_hosts:
        return False
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())
    limit = settings.IM66.max_picture_bytes
    try:
        with opener.open(url, timeout=SECONDS) as response:
            content = response.read(limit + 1)
    except (OSError, HTTPException, ValueError):
        return False
    if len(content) > limit:
        return False
    target.write_bytes(content)
    return True
