"""The upload calls (seed: 上传音频, 上传图片/音频, 上传视频).

The replies are JSON with HTTP status 200, because the shipped clients read only the body. `code` is the
result.
"""

import logging
from collections.abc import Sequence
from typing import Any

from adrf.views import APIView
from asgiref.sync import sync_to_async
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from rest_framework.exceptions import MethodNotAllowed, ParseError, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.access import TRUSTED, Actor, Forbidden
from accounts.addresses import base_url, client_address
from accounts.authentication.authentication import AccountBanned, Claim, UnknownPerson, holder_of
from accounts.authentication.browser_sessions import session_in_request
from accounts.authentication.proofs import BadToken, Proof, Scope
from accounts.codes import Cause
from accounts.language import reply_language
from accounts.legacy import LegacyCall, Multipart, Utf8Form, acting_for, proof_in_head
from accounts.limits.limits import TooFast
from accounts.names.userids import is_userid
from accounts.wording import in_words
from uploads import hosts, replies, selectors, services, wording
from uploads.counting import count, owner
from uploads.places import Busy, slot_of
from uploads.worker.tasks import Reason, TaskKind, UploadRejected
from uploads.worker.texts import MessageTemplate

logger = logging.getLogger(__name__)


class OnDisk(Multipart):
    """Parses a form so that even small files are on disk: a child process opens them by their paths."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        request = parser_context["request"]
        request.upload_handlers = [TemporaryFileUploadHandler(request)]
        return super().parse(stream, media_type, parser_context)


class UploadCall(LegacyCall, APIView):  # type: ignore[misc]  # it comes without types
    """Stores the file of a POST request. A GET request shows a form."""

    http_method_names = ["get", "head", "post"]
    parser_classes = (Utf8Form, OnDisk)
    message = "OK"
    # Given by the URLs.
    kinds: Sequence[TaskKind] = ()

    async def async_dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        # `dispatch` only creates this coroutine, so the language must be set here.
        with reply_language():
            response: Response = await super().async_dispatch(request, *args, **kwargs)
            return response

    async def get(self, request: Request) -> HttpResponse:
        words = {"language": get_language(), "upload": gettext("Upload"), "file": gettext("File")}
        return render(request, "uploads/form.html", words)

    async def post(self, request: Request) -> Response:
        remote_address = client_address(request._request)
        person = await sync_to_async(holder_of)(
            _proof_of(request), Scope.UPLOADS, acting_for(request), remote_address
        )
        self.caller = person and person.userid
        access.may_upload(Actor(muted=person.muted) if person else TRUSTED)
        await sync_to_async(count)(request, self.caller or "")
        address = base_url(request._request)
        # Before any work is done for the file.
        hosts.check(address)
        name = await self.store(request, await sync_to_async(_uploaded)(request))
        url = selectors.media_url(name, address)
        return _reply(replies.OK, self.message, url)

    async def store(self, request: Request, upload: TemporaryUploadedFile) -> str:
        """Convert the file for clients, and return the stored name. Raises UploadRejected."""
        raise NotImplementedError

    def may_change(self, request: Request) -> bool:
        return request.method not in {"GET", "HEAD"}

    def answer_failure(self, failed: Exception) -> Response:
        match failed:
            case AccountBanned() | BadToken() | UnknownPerson() | Forbidden():
                return _error(replies.NOT_ALLOWED, failed.text)
            case TooFast():
                return _reply(replies.TOO_FAST, in_words(failed))
            case UploadRejected():
                return _reply(
                    replies.REJECTION_REPLIES[failed.reason].code, wording.rejection_message(failed)
                )
            case Busy() | hosts.UnreadableAddress():
                return _error(replies.SERVER_ERROR, failed.text)
            case MethodNotAllowed() | UnsupportedMediaType():
                return _error(replies.BAD_FILE, MessageTemplate.NO_FILE)
            case BadRequest() | ParseError() | SuspiciousOperation() | UnreadablePostError():
                return _error(replies.BAD_FILE, wording.UNREADABLE_FORM)
        logger.exception("%s failed", self.request.path)
        return _error(replies.SERVER_ERROR, Cause.SERVER_ERROR.text)


class KindUpload(UploadCall):
    """Stores the file as the first of `kinds` that it can become."""

    async def store(self, request: Request, upload: TemporaryUploadedFile) -> str:
        slot = slot_of(request._request)
        return await services.store(upload, self.kinds, owner(request, self.caller or ""), slot)


class VideoUpload(KindUpload):
    message = "Succeeded"


class AvatarUpload(UploadCall):
    async def store(self, request: Request, upload: TemporaryUploadedFile) -> str:
        userid = request.POST.get("userid") or request.query_params.get("userid", "")
        if not is_userid(userid):
            raise UploadRejected(Reason.BROKEN, MessageTemplate.NOT_A_USERID)
        access.may_act_as(self.caller, userid)
        claim = Claim(userid, _proof_of(request), client_address(request._request))
        return await services.store_avatar(claim, upload, owner(request, self.caller or ""))


def _proof_of(request: Request) -> Proof | None:
    return proof_in_head(request) or session_in_request(request._request)


def _uploaded(request: Request) -> TemporaryUploadedFile:
    """Return the file in the form, on disk. Raises UploadRejected if it is missing, and the parsers'
    errors."""
    upload = request.FILES.get("file")
    if upload is None:
        raise UploadRejected(Reason.BROKEN, MessageTemplate.NO_FILE)
    assert isinstance(upload, TemporaryUploadedFile)
    return upload


def _error(code: int, text: str) -> Response:
    return _reply(code, wording.message(code, text))


def _reply(code: int, message: str, data: str = "") -> Response:
    return Response(replies.reply(code, message, data))
