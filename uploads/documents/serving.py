"""Serves files of any type to authorized clients, as attachments with a media type that no program
executes."""

from functools import partial

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.access import Forbidden
from accounts.addresses import client_address
from accounts.authentication.authentication import AccountBanned, UnknownPerson, holder_of
from accounts.authentication.browser_sessions import session_in_request
from accounts.authentication.proofs import BadToken, Scope, proof_in
from accounts.services import is_open
from uploads import names, signing
from uploads.media import Content, file_headers, read_range, respond
from uploads.models import Document
from uploads.selectors import is_recalled, owner_of_person

# A signed address is for one person, so shared caches must not store the response.
CACHE_PRIVATE = "private, max-age=86400"
POLICY = "default-src 'none'; sandbox"


@require_safe
def file(request: HttpRequest, id_: str) -> HttpResponseBase:
    """Serve the file, or the requested range of it. An unauthorized client gets the same 404 as for no
    file."""
    document = _authorized_document(request, id_, signing.path_of(id_))
    if document is None:
        return HttpResponse(status=404)
    return _response(request, document.stored, document.size, _headers(document))


@require_safe
def preview(request: HttpRequest, id_: str) -> HttpResponseBase:
    """Serve the preview of the file."""
    document = _authorized_document(request, id_, names.preview_path(signing.path_of(id_)))
    if document is None or document.preview != Document.Preview.MADE:
        return HttpResponse(status=404)
    name = names.preview_name(document.stored)
    size = 0 if settings.IM66.media_accel else default_storage.size(name)
    return _response(
        request, name, size, file_headers("image/jpeg", CACHE_PRIVATE, f'"{id_}-preview"', POLICY)
    )


def _response(request: HttpRequest, stored: str, size: int, headers: dict[str, str]) -> HttpResponseBase:
    if settings.IM66.media_accel:
        return HttpResponse(headers={**headers, "X-Accel-Redirect": settings.IM66.media_accel + stored})
    return respond(request, Content(size, headers, partial(read_range, stored)))


def _authorized_document(request: HttpRequest, id_: str, path: str) -> Document | None:
    """Return the file if the request may have it at this path, or else None."""
    document = Document.objects.filter(pk=id_, state=Document.State.CLEAN).first()
    return document if document and _may_have(request, document, path) else None


def _may_have(request: HttpRequest, document: Document, path: str) -> bool:
    end, signature = request.GET.get("e", ""), request.GET.get("s", "")
    if signing.is_signed(path, end, signature):
        return signing.is_for_desk(end) or not is_recalled(document.pk)
    if is_open():
        return True
    try:
        return _is_owner(request, document) and not is_recalled(document.pk)
    except (AccountBanned, BadToken, Forbidden, UnknownPerson):
        return False


def _is_owner(request: HttpRequest, document: Document) -> bool:
    proof = proof_in(request.headers.get("Authorization", ""), "") or session_in_request(request)
    if proof is None:
        return False
    person = holder_of(proof, Scope.UPLOADS, "", client_address(request))
    return person is None or document.owner == owner_of_person(person.userid)


def _headers(document: Document) -> dict[str, str]:
    attached = content_disposition_header(True, document.name) or "attachment"
    headers = file_headers(names.FILE_TYPE, CACHE_PRIVATE, f'"{document.pk}"', POLICY)
    return {**headers, "Content-Disposition": attached}
