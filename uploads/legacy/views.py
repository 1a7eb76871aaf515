"""The upload calls (seed: 上传音频, 上传图片/音频, 上传视频).

Always HTTP status 200 and JSON: the shipped clients read only the body. `code` tells what happened.
"""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from accounts.addresses import base_url
from accounts.authentication import Claim
from accounts.origins import refusal
from accounts.userids import is_userid
from uploads import replies, selectors, services
from uploads.worker.tasks import Kind, Reason, Refused

logger = logging.getLogger(__name__)

View = Callable[[HttpRequest], Coroutine[Any, Any, HttpResponse]]


Store = Callable[[HttpRequest, TemporaryUploadedFile], Awaitable[str]]


def _call(message: str, store: Store) -> View:
    """A view that stores the file it is sent, by `store`, which returns the stored name."""

    @csrf_exempt
    async def view(request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return render(request, "uploads/form.html")
        if foreign := refusal(request):
            return foreign
        try:
            name = await store(request, await sync_to_async(_uploaded)(request))
        except Refused as refused:
            return _reply(replies.CODES[refused.reason], str(refused))
        except Exception:
            logger.exception("%s failed", request.path)
            return _reply(replies.SERVER_ERROR, "Server error. Try again.")
        return _reply(replies.OK, message, selectors.media_url(name, base_url(request)))

    return view


def _uploaded(request: HttpRequest) -> TemporaryUploadedFile:
    """The file in the form, on disk. Raises Refused if there is none."""
    # A child process is going to open it by its path, however small it is.
    request.upload_handlers = [TemporaryFileUploadHandler(request)]
    try:
        upload = request.FILES.get("file")
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError) as error:
        raise Refused(Reason.BROKEN, "The body is not a form that can be read.") from error
    if upload is None:
        raise Refused(Reason.BROKEN, "There is no file in the form.")
    assert isinstance(upload, TemporaryUploadedFile)
    return upload


def _reply(code: int, message: str, data: str = "") -> HttpResponse:
    return HttpResponse(replies.encode(code, message, data), content_type=replies.CONTENT_TYPE)


async def _store_avatar(request: HttpRequest, upload: TemporaryUploadedFile) -> str:
    userid = request.POST.get("userid") or request.GET.get("userid", "")
    if not is_userid(userid):
        raise Refused(Reason.BROKEN, "userid: Not a userid.")
    return await services.store_avatar(Claim(userid, request.headers.get("Authorization")), upload)


def _as(*kinds: Kind) -> Store:
    """Store it as the first of `kinds` that it can be."""
    return lambda _request, upload: services.store(upload, kinds)


writev1 = _call("OK", _as(Kind.VOICE))
writev2 = _call("OK", _as(Kind.PICTURE, Kind.VOICE))
writev3 = _call("Succeeded", _as(Kind.VIDEO))
avatar = _call("OK", _store_avatar)
