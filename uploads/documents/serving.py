"""Gives out files of any type: as attachments, of a type that nobody runs, to those who may have them."""

from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils.http import content_disposition_header

from accounts.access import Forbidden
from accounts.addresses import client_address
from accounts.authentication.authentication import AccountBanned, UnknownPerson, holder_of
from accounts.authentication.browser_sessions import session_in_request
from accounts.authentication.proofs import BadToken, Scope, proof_in
from accounts.services import is_open
from uploads import names, signing
from uploads.media import Content, headers_of, is_recalled, pieces, respond
from uploads.models import Document
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
    headers = _headers(document)
    if settings.IM66.media_accel:
        return HttpResponse(
            headers={**headers, "X-Accel-Redirect": settings.IM66.media_accel + document.stored}
        )
    return respond(request, Content(document.size, headers, partial(pieces, document.stored)))


def _may_have(request: HttpRequest, document: Document) -> bool:
    end, signature = request.GET.get("e", ""), request.GET.get("s", "")
    if signing.is_signed(signing.path_of(document.pk), end, signature):
        return signing.is_of_desk(end) or not is_recalled(document.pk)
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
    return person is None or document.owner == of_person(person.userid)


def _headers(document: Document) -> dict[str, str]:
    attached = content_disposition_header(True, document.name) or "attachment"
    headers = headers_of(names.FILE_TYPE, CACHED, f'"{document.pk}"', POLICY)
    return {**headers, "Content-Disposition": attached}
