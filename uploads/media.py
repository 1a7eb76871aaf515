"""Serves media, unless a web server in front does.

The content behind a name never changes, so clients may cache it for ever. Only names that have the form of
stored names are looked up, so no request reaches another file. In token mode, recalled files are not served.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

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

from accounts.services import is_open
from uploads import hiding, names
from uploads.selectors import is_recalled

# The number of bytes of a file held in memory for each reader.
CHUNK_BYTES = 64 * 1024
CACHE_PUBLIC = "public, max-age=31536000, immutable"
# For token mode: files may be recalled, so shared caches must not store them.
CACHE_PRIVATE = "private, max-age=31536000, immutable"
# If a browser ever treats the file as a document, that document may do nothing. nginx sends the same policy
# for the files that it serves itself (deploy/nginx/im66.conf).
POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"


class ByteRange(NamedTuple):
    """The bytes from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class Content(NamedTuple):
    """The content of a response: `size` bytes, of which `read` yields a range, and the response's headers."""

    size: int
    headers: Mapping[str, str]
    read: Callable[[ByteRange], Iterator[bytes]]


_ONE_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})", re.IGNORECASE)


class Unsatisfiable(Exception):
    """None of the requested bytes exist."""


def parse_range(header: str, size: int) -> ByteRange | None:
    """Return the range that a Range header requests of a file of `size` bytes, or None for the whole file.

    An invalid header and several ranges also return None, because a server need not support them. Raises
    Unsatisfiable.
    """
    match = _ONE_RANGE.fullmatch(header.strip())
    if match is None or not (match["first"] or match["last"]):
        return None
    if match["first"]:
        first = int(match["first"])
        last = int(match["last"]) if match["last"] else size - 1
        if match["last"] and last < first:
            return None
    else:
        first, last = max(0, size - int(match["last"])), size - 1
    if first >= size:
        raise Unsatisfiable
    return ByteRange(first, min(last, size - 1))


def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """Serve the stored file of this name, or the requested range of it."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not names.is_media_name(name) or is_recalled(name):
        return HttpResponse(status=404)
    return _response(request, name, name)


def expiring_media(request: HttpRequest, name: str) -> HttpResponseBase:
    """Serve the file behind an expiring address, or the requested range of it. See `uploads.hiding`."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    opened = hiding.open_address(name, request.GET.get("e", ""), request.GET.get("s", ""))
    if opened is None or (is_recalled(opened.name) and not opened.for_desk):
        return HttpResponse(status=404)
    return _response(request, opened.name, name)


def _response(request: HttpRequest, name: str, public_name: str) -> HttpResponseBase:
    """`name` is the name in the storage, `public_name` the name that clients see."""
    caching = CACHE_PUBLIC if is_open() else CACHE_PRIVATE
    headers = file_headers(names.content_type(name), caching, f'"{public_name}"', POLICY)
    if settings.IM66.media_accel:
        return HttpResponse(headers={**headers, "X-Accel-Redirect": settings.IM66.media_accel + name})
    size = _size(name)
    if size is None:
        return HttpResponse(status=404)
    if _is_cached(request, headers["ETag"]):
        return HttpResponse(status=304, headers=headers)
    return respond(request, Content(size, headers, partial(read_range, name)))


def file_headers(content_type: str, caching: str, etag: str, policy: str) -> dict[str, str]:
    return {
        "Content-Type": content_type,
        "Cache-Control": caching,
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": policy,
    }


def respond(request: HttpRequest, content: Content) -> HttpResponseBase:
    """Return a response with the content, or with the requested range of it."""
    try:
        span = _requested_span(request, content)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{content.size}"})
    part = span or ByteRange(0, content.size - 1)
    headers = {**content.headers, "Content-Length": str(part.length)}
    if span:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{content.size}"
    status = 206 if span else 200
    if request.method == "HEAD" or not part.length:
        return HttpResponse(status=status, headers=headers)
    if part.length <= CHUNK_BYTES:
        return HttpResponse(b"".join(content.read(part)), status=status, headers=headers)
    return StreamingHttpResponse(content.read(part), status=status, headers=headers)


def _size(name: str) -> int | None:
    try:
        return default_storage.size(name)
    except FileNotFoundError:
        return None


def _is_cached(request: HttpRequest, etag: str) -> bool:
    cached = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in cached or any(cached_etag.removeprefix("W/") == etag for cached_etag in cached)


def _requested_span(request: HttpRequest, content: Content) -> ByteRange | None:
    header, etag = request.headers.get("Range"), content.headers["ETag"]
    if header is None or request.headers.get("If-Range", etag) != etag:
        return None
    return parse_range(header, content.size)


def read_range(name: str, part: ByteRange) -> Iterator[bytes]:
    """Yield a range of the stored file, in pieces."""
    # The S3 storage's own file object would download the whole file before its first byte is read.
    return _read_from_s3(name, part) if settings.IM66.media_storage == "s3" else _read_from_disk(name, part)


def _read_from_s3(name: str, part: ByteRange) -> Iterator[bytes]:
    storage: Any = default_storage
    request = {"Bucket": storage.bucket_name, "Key": name, "Range": f"bytes={part.first}-{part.last}"}
    body = storage.connection.meta.client.get_object(**request)["Body"]
    try:
        while piece := body.read(CHUNK_BYTES):
            yield piece
    finally:
        body.close()


def _read_from_disk(name: str, part: ByteRange) -> Iterator[bytes]:
    """Yield the range in pieces. The file is open only while a piece is read, not while it is sent.

    If the file is removed meanwhile, the range ends early.
    """
    offset = part.first
    while offset <= part.last:
        try:
            with default_storage.open(name) as file:
                file.seek(offset)
                piece = file.read(min(CHUNK_BYTES, part.last + 1 - offset))
        except FileNotFoundError:
            if offset > part.first:
                return
            raise
        if not piece:
            return
        offset += len(piece)
        yield piece
