"""Serves the chat client's scripts and styles."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from web import assets

_CACHE_FOREVER = "public, max-age=31536000, immutable"
# While servers of two versions run side by side, a page of one version may request files from the other.
_DO_NOT_CACHE = "no-store"


@require_safe
async def asset(request: HttpRequest, version: str, name: str) -> HttpResponse:
    file = assets.assets().get(name)
    is_current = version == assets.version()
    if file is None or (assets.is_later(name) and not is_current):
        raise Http404
    is_compressed = "gzip" in request.headers.get("Accept-Encoding", "")
    body = file.compressed if is_compressed else file.plain
    response = HttpResponse(body, content_type=file.content_type)
    if is_compressed:
        response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = cache_control(version)
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def cache_control(version: str) -> str:
    """Return the Cache-Control header for a file requested as part of this version."""
    return _CACHE_FOREVER if version == assets.version() else _DO_NOT_CACHE
