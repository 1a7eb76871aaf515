"""The calls that take a file of any type in pieces: tus 1.0.0 (https://tus.io), with its extensions creation,
checksum, termination and expiration."""

import base64
import binascii
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.access import TRUSTED, Actor
from accounts.api.base import ApiView
from accounts.api.errors import ApiError, invalid, not_found, try_again
from accounts.authentication.proofs import Scope
from accounts.codes import Name, gettext_noop
from accounts.limits import limits
from uploads import disk_space, signing
from uploads.calls import FILE, FILES_PATH, MAX_PIECE_BYTES
from uploads.counting import owner
from uploads.documents import documents, naming, parts, previewing
from uploads.documents.documents import Sender
from uploads.documents.parts import Checksum
from uploads.models import Document
from uploads.names import preview_path, stems_in

VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
_MAX_SIZE = 2**53
_OVERRIDE = "X-HTTP-Method-Override"
_SECONDS_TO_WAIT = 2
# The headers of tus extensions that this server lacks. Without a refusal, a client would send parts in vain.
_UNSUPPORTED_HEADERS = {
    "Upload-Concat": "Files are not joined from parts. Send the file as one upload.",
    "Upload-Defer-Length": "Give the length of the file at the beginning.",
}
_WAITS_FOR = {Document.State.CLEAN: "preview", Document.State.WAITING: "scanner"}

_RESUMABLE = OpenApiParameter("Tus-Resumable", str, OpenApiParameter.HEADER, required=True, enum=[VERSION])
_OFFSET = OpenApiParameter("Upload-Offset", int, OpenApiParameter.HEADER, required=True)
_LENGTH = OpenApiParameter("Upload-Length", int, OpenApiParameter.HEADER, required=True)
_METADATA = OpenApiParameter(
    "Upload-Metadata",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="`filename` and the name in Base64.",
)
_CHECKSUM = OpenApiParameter(
    "Upload-Checksum",
    str,
    OpenApiParameter.HEADER,
    description="`sha256` or `sha1`, and the digest in Base64.",
)
_EMPTY = OpenApiResponse(description="Only headers.")


class StoredDocument(serializers.Serializer[Any]):
    url = serializers.URLField(
        required=False, help_text="What a message of the kind `file` has as its content."
    )
    kind = serializers.ChoiceField([FILE])
    name = serializers.CharField()
    type = serializers.CharField(help_text="By its name.")
    size = serializers.IntegerField(help_text="In bytes.")
    preview = serializers.URLField(required=False, help_text="A picture of its first page.")
    waits_for = serializers.ChoiceField(
        ["pieces", "scanner", "preview"], required=False, help_text="It cannot be sent yet, and has no `url`."
    )


class _Tus(ApiView):
    """The common part of both views."""

    scope = Scope.UPLOADS
    http_method_names = [*ApiView.http_method_names, "options"]

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # For clients in environments that support few HTTP methods.
        method = request.headers.get(_OVERRIDE, "").upper()
        if request.method == "POST" and method in ("PATCH", "DELETE"):
            request.method = method
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method == "OPTIONS":
            return  # public: the answer is the same for everyone
        super().initial(request, *args, **kwargs)
        if request.method != "GET" and request.headers.get("Tus-Resumable") != VERSION:
            raise ApiError(Name.INVALID, f"This server speaks tus {VERSION}.", status=412)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        return Response(
            status=204,
            headers={
                "Tus-Version": VERSION,
                "Tus-Extension": "creation,checksum,termination,expiration",
                "Tus-Max-Size": str(settings.IM66.max_file_bytes),
                "Tus-Checksum-Algorithm": ",".join(parts.ALGORITHMS),
            },
        )

    @property
    def sender(self) -> Sender:
        return Sender(owner(self.request, self.by or ""), self.address)

    def as_error(self, failed: Exception) -> ApiError | None:
        error = super().as_error(failed)
        if error and isinstance(failed, documents.TypeNotAllowed):
            error.fields = {"filename": "type"}
        return error


class NewFiles(_Tus):
    key_covers = ("Upload-Length", "Upload-Metadata")

    @extend_schema(
        request=None,
        parameters=[_RESUMABLE, _LENGTH, _METADATA],
        responses={201: OpenApiResponse(description="`Location` says where its pieces go.")},
    )
    def post(self, request: Request) -> Response:
        """Begin to send a file of any type, in pieces (tus 1.0.0)."""
        access.may_upload(Actor(muted=self.person.muted) if self.person else TRUSTED)
        for header, reason in _UNSUPPORTED_HEADERS.items():
            if header in request.headers:
                raise invalid(header, reason)
        size = _byte_count(request, "Upload-Length")
        name = _name_in(request.headers.get("Upload-Metadata", ""))
        _require_space()
        document = documents.begin(self.sender, name, size)
        where = f"{self.base_url}{FILES_PATH}/{document.pk}"
        return Response(status=201, headers={"Location": where, **_expiry(document)})

    def count(self) -> None:
        limits.current().files.take(self.address, self.by or "")


class UnfinishedFile(_Tus):
    @extend_schema(operation_id="uploads_files_get", responses={200: StoredDocument, 202: StoredDocument})
    def get(self, request: Request, upload: str) -> Response:
        """What became of the file: when all of it has come, the object that `uploads` gives. 202 while it
        cannot be sent yet."""
        if request.method == "HEAD":
            return self._offset_response(upload)
        document = documents.complete_if_received(self._document(upload))
        match document.state:
            case Document.State.INFECTED:
                raise ApiError(
                    Name.NOT_ALLOWED, gettext_noop("The scanner has found something harmful in this file.")
                )
            case Document.State.CLEAN if not previewing.is_awaited(document):
                return Response(self._stored(document))
        headers = {"Retry-After": str(_SECONDS_TO_WAIT)}
        waits_for = _WAITS_FOR.get(Document.State(document.state), "pieces")
        return Response({**_representation(document), "waits_for": waits_for}, 202, headers=headers)

    def _stored(self, document: Document) -> dict[str, Any]:
        path = signing.path_of(document.pk)
        fields = {"url": self.base_url + path, **_representation(document)}
        if document.preview == Document.Preview.MADE:
            fields["preview"] = self.base_url + signing.sign(preview_path(path))
        return fields

    @extend_schema(
        request={PIECE_TYPE: OpenApiTypes.BINARY},
        parameters=[_RESUMABLE, _OFFSET, _CHECKSUM],
        responses={204: OpenApiResponse(description="`Upload-Offset` says where the file ends now.")},
    )
    def patch(self, request: Request, upload: str) -> Response:
        """Send the next piece of the file, of at most 8 MB."""
        if request._request.content_type != PIECE_TYPE:
            raise ApiError(Name.INVALID, f"A piece is sent as {PIECE_TYPE}.", status=415)
        access.may_upload(Actor(muted=self.person.muted) if self.person else TRUSTED)
        # Checked here too: a PATCH sent as POST with an overridden method passes the gate unchecked.
        _require_space()
        offset = _byte_count(request, "Upload-Offset")
        checksum = _checksum_in(request.headers.get("Upload-Checksum", ""))
        document = self._document(upload)
        length = _body_length(request)
        limits.current().file_bytes.take(self.address, self.by or "", length)
        end = documents.append(document, request._request, offset, length, checksum)
        return Response(status=204, headers={"Upload-Offset": str(end), **_expiry(document)})

    @extend_schema(request=None, parameters=[_RESUMABLE], responses={204: _EMPTY})
    def delete(self, request: Request, upload: str) -> Response:
        """Stop sending it: what has arrived is removed."""
        documents.remove(self._document(upload))
        return Response(status=204)

    def count(self) -> None:
        limits.current().file_pieces.take(self.address, self.by or "")

    def _offset_response(self, upload: str) -> Response:
        document = self._document(upload)
        headers = {
            "Upload-Offset": str(documents.offset(document)),
            "Upload-Length": str(document.size),
            "Upload-Metadata": f"filename {base64.b64encode(document.name.encode()).decode()}",
            **_expiry(document),
        }
        return Response(headers=headers)

    def _document(self, upload: str) -> Document:
        document = documents.find(upload, self.sender.owner) if stems_in(upload) == [upload] else None
        if document is None:
            raise not_found("There is no such upload.")
        return document


def _require_space() -> None:
    if disk_space.is_short_for_uploads():
        raise try_again("There is no room for files.")


def _representation(document: Document) -> dict[str, Any]:
    media_type = naming.media_type(document.name)
    return {"kind": FILE, "name": document.name, "type": media_type, "size": document.size}


def _expiry(document: Document) -> dict[str, str]:
    if document.state != Document.State.ARRIVING:
        return {}
    left = documents.lifetime(document)
    return {"Upload-Expires": http_date((timezone.now() + left).timestamp())}


def _byte_count(request: Request, header: str) -> int:
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdecimal() and len(value) <= 16 and int(value) < _MAX_SIZE):
        raise invalid(header, "This is a number of bytes.")
    return int(value)


def _body_length(request: Request) -> int:
    """Return the announced length of the body. A body without one counts as the maximum size."""
    value = request.META.get("CONTENT_LENGTH") or ""
    return min(int(value), MAX_PIECE_BYTES) if value.isdecimal() else MAX_PIECE_BYTES


def _name_in(metadata: str) -> str:
    for pair in metadata.split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value.strip(), validate=True).decode()
            except (binascii.Error, ValueError):
                raise invalid("Upload-Metadata", "A name is UTF-8 in Base64.") from None
    raise invalid("Upload-Metadata", "There is no filename.")


def _checksum_in(header: str) -> Checksum | None:
    if not header:
        return None
    algorithm, _, digest = header.partition(" ")
    if algorithm not in parts.ALGORITHMS:
        raise invalid("Upload-Checksum", f"The algorithms are {', '.join(parts.ALGORITHMS)}.")
    try:
        return Checksum(algorithm, base64.b64decode(digest.strip(), validate=True))
    except (binascii.Error, ValueError):
        raise invalid("Upload-Checksum", "A digest is in Base64.") from None
