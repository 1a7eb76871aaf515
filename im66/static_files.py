"""Serves the files of pages."""

from typing import Any
from wsgiref.headers import Headers

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from servestatic.middleware import ServeStaticMiddleware
from servestatic.responders import Redirect, StaticFile

from uploads.media import CHUNK


class StaticFiles(ServeStaticMiddleware):  # type: ignore[misc]
    """ServeStatic would start a thread for each file, and keep it until the client has read the file. Here
    the request's own thread reads it, piece by piece, as `im66.handler` lets it. A name that does not exist
    takes no thread."""

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if found := self.files.get(request.path_info):
            response: HttpResponseBase = await sync_to_async(_serve)(found, request)
            return response
        if request.path_info.startswith(self.static_prefix):
            return _missing()
        return await self.get_response(request)

    def add_cache_headers(self, headers: Headers, path: str, url: str) -> None:
        super().add_cache_headers(headers, path, url)
        for name, value in _security_headers().items():
            headers[name] = value


def _serve(found: StaticFile | Redirect, request: HttpRequest) -> HttpResponseBase:
    answer: Any = found.get_response(request.method or "GET", request.META)
    if answer.file is None:
        response: HttpResponseBase = HttpResponse(status=int(answer.status))
    elif int(dict(answer.headers)["Content-Length"]) <= CHUNK:
        with answer.file:
            response = HttpResponse(answer.file.read(), status=int(answer.status))
    else:
        response = _InPieces(answer.file, status=int(answer.status))
    del response.headers["Content-Type"]
    for name, value in answer.headers:
        if value is not None:
            response.headers[name] = value
    return response


class _InPieces(FileResponse):
    """A file whose headers are known."""

    block_size = CHUNK

    def set_headers(self, filelike: Any) -> None:
        pass


def _missing() -> HttpResponse:
    return HttpResponse("Not found.", status=404, content_type="text/plain", headers=_security_headers())


def _security_headers() -> dict[str, str]:
    """What Django's SecurityMiddleware says of a page. It stands behind what serves files, and does not see
    them. HSTS is for pages alone (`im66.transport`)."""
    return {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    }
