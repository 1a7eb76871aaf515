"""The upload calls (seed: 上传音频, 上传图片/音频, 上传视频).

Always HTTP status 200 and JSON: the shipped clients read only the body. `code` tells what happened.
"""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from uploads import selectors, services
from uploads.conversion import Busy
from uploads.tasks import Kind, Reason, Refused

logger = logging.getLogger(__name__)

OK, BAD_FILE, SERVER_ERROR, TOO_LARGE, NOT_SUPPORTED = 0, 1, 2, 3, 4

_CODES = {Reason.BROKEN: BAD_FILE, Reason.TOO_LARGE: TOO_LARGE, Reason.UNSUPPORTED: NOT_SUPPORTED}

View = Callable[[HttpRequest], Coroutine[Any, Any, HttpResponse]]


def _call(kinds: list[Kind], message: str) -> View:
    """A view that stores the file it is sent, as the first of `kinds` that it can be."""

    @csrf_exempt
    async def view(request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return render(request, "uploads/form.html")
        try:
            upload = await sync_to_async(_uploaded)(request)
            name = await services.store(upload, kinds)
        except Refused as refused:
            return _reply(_CODES[refused.reason], str(refused))
        except Busy:
            return _reply(SERVER_ERROR, "The server is busy. Try again.")
        except Exception:
            logger.exception("%s failed", request.path)
            return _reply(SERVER_ERROR, "Server error. Try again.")
        return _reply(OK, message, selectors.media_url(name, f"{request.scheme}://{request.get_host()}"))

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
    reply: dict[str, Any] = {"code": code, "message": message, "data": data}
    return JsonResponse(reply, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})


writev1 = _call([Kind.VOICE], "OK")
writev2 = _call([Kind.PICTURE, Kind.VOICE], "OK")
writev3 = _call([Kind.VIDEO], "Succeeded")
