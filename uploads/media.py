"""Serves media, where no server in front does.

The content of a name never changes, so clients may cache it for ever. Only names that the storage can have
produced are looked up, so no name leads to any other file.
"""

from collections.abc import Iterator

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.utils.http import parse_etags

from uploads import names
from uploads.ranges import Span, Unsatisfiable, parse

# The bytes of a file held in memory for each reader.
CHUNK = 64 * 1024
FOREVER = "public, max-age=31536000, immutable"
# If a browser ever treats the file as a document, that document may do nothing. nginx says the same by itself
# (deploy/nginx/im66.conf), because it passes this header on for no file of its own.
POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"


def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """The stored file of that name, or the requested part of it."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not names.is_media_name(name):
        return HttpResponse(status=404)
    if settings.IM66.media_accel:
        return _dressed(HttpResponse(headers={"X-Accel-Redirect": settings.IM66.media_accel + name}), name)
    size = _size(name)
    if size is None:
        return HttpResponse(status=404)
    if _is_known(request, name):
        return _dressed(HttpResponse(status=304), name)
    try:
        span = _wanted(request, name, size)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    return _answer(request, name, size, span)


def _size(name: str) -> int | None:
    try:
        return default_storage.size(name)
    except FileNotFoundError:
        return None


def _etag(name: str) -> str:
    return f'"{name}"'


def _is_known(request: HttpRequest, name: str) -> bool:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or any(etag.removeprefix("W/") == _etag(name) for etag in known)


def _wanted(request: HttpRequest, name: str, size: int) -> Span | None:
    header = request.headers.get("Range")
    if header is None or request.headers.get("If-Range", _etag(name)) != _etag(name):
        return None
    return parse(header, size)


def _answer(request: HttpRequest, name: str, size: int, span: Span | None) -> HttpResponseBase:
    whole = Span(0, size - 1)
    part = span or whole
    headers = {"Content-Length": str(part.length)}
    if span:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{size}"
    status = 206 if span else 200
    if request.method == "HEAD":
        return _dressed(HttpResponse(status=status, headers=headers), name)
    if part.length <= CHUNK:
        content = b"".join(chunks(name, part))
        return _dressed(HttpResponse(content, status=status, headers=headers), name)
    return _dressed(StreamingHttpResponse(chunks(name, part), status=status, headers=headers), name)


def chunks(name: str, part: Span) -> Iterator[bytes]:
    """Yields the part piece by piece. Reading a piece takes a thread; sending it, however slowly, takes
    none."""
    left = part.length
    with default_storage.open(name) as file:
        file.seek(part.first)
        while left > 0 and (piece := file.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece


def _dressed(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response.headers["Content-Type"] = names.content_type(name)
    response.headers["Cache-Control"] = FOREVER
    response.headers["ETag"] = _etag(name)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = POLICY
    return response
