"""Serves media, where no server in front does.

The content of a name never changes, so clients may cache it for ever. Only names that the storage can have
produced are looked up, so no name leads to any other file. In token mode, recalled files are not served.
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

# The bytes of a file held in memory for each reader.
CHUNK = 64 * 1024
FOREVER = "public, max-age=31536000, immutable"
# Files may be recalled, so shared caches must not store them.
FOR_ONE = "private, max-age=31536000, immutable"
# If a browser ever treats the file as a document, that document may do nothing. nginx says the same by itself
# (deploy/nginx/im66.conf), because it passes this header on for no file of its own.
POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"


class ByteRange(NamedTuple):
    """The bytes from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class Content(NamedTuple):
    """What is given out: so many bytes, of which `read` yields a part. `headers`: of each response."""

    size: int
    headers: Mapping[str, str]
    read: Callable[[ByteRange], Iterator[bytes]]


_ONE_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})", re.IGNORECASE)


class Unsatisfiable(Exception):
    """None of the requested bytes exist."""


def parse(header: str, size: int) -> ByteRange | None:
    """The part that `header` requests of a file of `size` bytes; None means the whole file.

    None is also the answer to a header that cannot be understood, and to several ranges at once, which a
    server need not support. Raises Unsatisfiable.
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
    """The stored file of that name, or the requested part of it."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not names.is_media_name(name) or is_recalled(name):
        return HttpResponse(status=404)
    return _response(request, name, name)


def hidden_media(request: HttpRequest, name: str) -> HttpResponseBase:
    """The file that this address stands for, or the requested part of it. See `uploads.hiding`."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    opened = hiding.opened(name, request.GET.get("e", ""), request.GET.get("s", ""))
    if opened is None or (is_recalled(opened.name) and not opened.for_desk):
        return HttpResponse(status=404)
    return _response(request, opened.name, name)


def _response(request: HttpRequest, name: str, public_name: str) -> HttpResponseBase:
    """`name`: in the storage. `public_name`: the one that clients see."""
    caching = FOREVER if is_open() else FOR_ONE
    headers = headers_of(names.content_type(name), caching, f'"{public_name}"', POLICY)
    if settings.IM66.media_accel:
        return HttpResponse(headers={**headers, "X-Accel-Redirect": settings.IM66.media_accel + name})
    size = _size(name)
    if size is None:
        return HttpResponse(status=404)
    if _is_known(request, headers["ETag"]):
        return HttpResponse(status=304, headers=headers)
    return respond(request, Content(size, headers, partial(pieces, name)))


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


def _requested_span(request: HttpRequest, content: Content) -> ByteRange | None:
    header, etag = request.headers.get("Range"), content.headers["ETag"]
    if header is None or request.headers.get("If-Range", etag) != etag:
        return None
    return parse(header, content.size)


def pieces(name: str, part: ByteRange) -> Iterator[bytes]:
    """Yields the part of what is stored under that name."""
    # The storage's own file would be downloaded as a whole before its first byte is read.
    return _from_s3(name, part) if settings.IM66.media_storage == "s3" else _chunks(name, part)


def _from_s3(name: str, part: ByteRange) -> Iterator[bytes]:
    storage: Any = default_storage
    request = {"Bucket": storage.bucket_name, "Key": name, "Range": f"bytes={part.first}-{part.last}"}
    body = storage.connection.meta.client.get_object(**request)["Body"]
    try:
        while piece := body.read(CHUNK):
            yield piece
    finally:
        body.close()


def _chunks(name: str, part: ByteRange) -> Iterator[bytes]:
    """Yields the part piece by piece. Reading a piece takes a thread, and an open file; sending it, however
    slowly, takes none. What is removed meanwhile is cut off."""
    at = part.first
    while at <= part.last:
        try:
            with default_storage.open(name) as file:
                file.seek(at)
                piece = file.read(min(CHUNK, part.last + 1 - at))
        except FileNotFoundError:
            if at > part.first:
                return
            raise
        if not piece:
            return
        at += len(piece)
        yield piece
