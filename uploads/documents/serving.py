"""Gives out files of any type: as attachments, of a type that nobody runs, to those who may have them."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header

from accounts.access import Forbidden
from accounts.addresses import client_address
from accounts.authentication.authentication import AccountBanned, UnknownPerson, holder_of
from accounts.authentication.browser_sessions import session_in_request
from accounts.authentication.proofs import BadToken, Scope, proof_in
from accounts.services import is_open
from uploads import names
from uploads.documents import signing
from uploads.media import CHUNK, chunks
from uploads.models import Document
from uploads.ranges import Span, Unsatisfiable, parse
from uploads.selectors import of_person

# A signed address is for one person, so no cache that others use may keep what is there.
CACHED = "private, max-age=86400"
POLICY = "default-src 'none'; sandbox"


def file(request: HttpRequest, id_: str) -> HttpResponseBase:
    """The file, or the requested part of it. Nobody learns whether there is a file that they may not have."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    document = Document.objects.filter(pk=id_, state=Document.State.CLEAN).first()
    if document is None or not _may_have(request, document):
        return HttpResponse(status=404)
    if settings.IM66.media_accel:
        where = settings.IM66.media_accel + document.stored
        return _dressed(HttpResponse(headers={"X-Accel-Redirect": where}), document)
    return _answer(request, document)


def _may_have(request: HttpRequest, document: Document) -> bool:
    end, signature = request.GET.get("e", ""), request.GET.get("s", "")
    if is_open() or signing.is_signed(signing.path_of(document.pk), end, signature):
        return True
    try:
        return _is_owner(request, document)
    except (AccountBanned, BadToken, Forbidden, UnknownPerson):
        return False


def _is_owner(request: HttpRequest, document: Document) -> bool:
    proof = proof_in(request.headers.get("Authorization", ""), "") or session_in_request(request)
    if proof is None:
        return False
    person = holder_of(proof, Scope.UPLOADS, "", client_address(request))
    return person is None or document.owner == of_person(person.userid)


def _answer(request: HttpRequest, document: Document) -> HttpResponseBase:
    try:
        span = _wanted(request, document)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{document.size}"})
    part = span or Span(0, document.size - 1)
    headers = {"Content-Length": str(part.length)}
    if span:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{document.size}"
    status = 206 if span else 200
    if request.method == "HEAD" or not part.length:
        return _dressed(HttpResponse(status=status, headers=headers), document)
    pieces = _pieces(document.stored, part)
    if part.length <= CHUNK:
        return _dressed(HttpResponse(b"".join(pieces), status=status, headers=headers), document)
    return _dressed(StreamingHttpResponse(pieces, status=status, headers=headers), document)


def _wanted(request: HttpRequest, document: Document) -> Span | None:
    header = request.headers.get("Range")
    if header is None or request.headers.get("If-Range", _etag(document)) != _etag(document):
        return None
    return parse(header, document.size)


def _pieces(stored: str, part: Span) -> Iterator[bytes]:
    # The storage's own file would be downloaded as a whole before its first byte is read.
    return _from_s3(stored, part) if settings.IM66.media_storage == "s3" else chunks(stored, part)


def _from_s3(stored: str, part: Span) -> Iterator[bytes]:
    storage: Any = default_storage
    wanted = {"Bucket": storage.bucket_name, "Key": stored, "Range": f"bytes={part.first}-{part.last}"}
    body = storage.connection.meta.client.get_object(**wanted)["Body"]
    try:
        while piece := body.read(CHUNK):
            yield piece
    finally:
        body.close()


def _etag(document: Document) -> str:
    return f'"{document.pk}"'


def _dressed(response: HttpResponseBase, document: Document) -> HttpResponseBase:
    attached = content_disposition_header(True, document.name)
    response.headers["Content-Type"] = names.FILE_TYPE
    response.headers["Content-Disposition"] = attached or "attachment"
    response.headers["Cache-Control"] = CACHED
    response.headers["ETag"] = _etag(document)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = POLICY
    return response
