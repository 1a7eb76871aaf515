"""Serves media, where no server in front does.

The content of a name never changes, so clients may cache it for ever. Only names that the storage can have
produced are looked up, so no name leads to any other file.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

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


class Content(NamedTuple):
    """What is given out: so many bytes, of which `read` yields a part. `headers`: of each response."""

    size: int
    headers: Mapping[str, str]
    read: Callable[[Span], Iterator[bytes]]


def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """The stored file of that name, or the requested part of it."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not names.is_media_name(name):
        return HttpResponse(status=404)
    headers = headers_of(names.content_type(name), FOREVER, f'"{name}"', POLICY)
    if settings.IM66.media_accel:
        return HttpResponse(headers={**headers, "X-Accel-Redirect": settings.IM66.media_accel + name})
    size = _size(name)
    if size is None:
        return HttpResponse(status=404)
    if _is_known(request, headers["ETag"]):
        return HttpResponse(status=304, headers=headers)
    return respond(request, Content(size, headers, partial(chunks, name)))


def headers_of(content_type: str, caching: str, etag: str, policy: str) -> dict[str, str]:
    """Those of a file that is stored."""
    return {
        "Content-Type": content_type,
        "Cache-Control": caching,
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": policy,
    }


def respond(request: HttpRequest, content: Content) -> HttpResponseBase:
    """The content, or the requested part of it."""
    try:
        span = _wanted(request, content)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{content.size}"})
    part = span or Span(0, content.size - 1)
    headers = {**content.headers, "Content-Length": str(part.length)}
    if span:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{content.size}"
    status = 206 if span else 200
    if request.method == "HEAD" or not part.length:
        return HttpResponse(status=status, headers=headers)
    if part.length <= CHUNK:
        return HttpResponse(b"".join(content.read(part)), status=status, headers=headers)
    return StreamingHttpResponse(content.read(part), status=status, headers=headers)


def _size(name: str) -> int | None:
    try:
        return default_storage.size(name)
    except FileNotFoundError:
        return None


def _is_known(request: HttpRequest, etag: str) -> bool:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or any(one.removeprefix("W/") == etag for one in known)


def _wanted(request: HttpRequest, content: Content) -> Span | None:
    header, etag = request.headers.get("Range"), content.headers["ETag"]
    if header is None or request.headers.get("If-Range", etag) != etag:
        return None
    return parse(header, content.size)


def chunks(name: str, part: Span) -> Iterator[bytes]:
    """Yields the part piece by piece. Reading a piece takes a thread; sending it, however slowly, takes
    none."""
    left = part.length
    with default_storage.open(name) as file:
        file.seek(part.first)
        while left > 0 and (piece := file.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece
