"""Serves the files of pages, from memory: all of them together are a few megabytes."""

from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from servestatic.middleware import ServeStaticMiddleware
from servestatic.responders import StaticFile

# The contents of the files that somebody has fetched, by their paths.
_read: dict[str, bytes] = {}


class StaticFiles(ServeStaticMiddleware):  # type: ignore[misc]
    """ServeStatic would start a thread for each reader of a file, and keep it until the client has read the
    file. Here only the first reader takes a thread, and a name that does not exist takes none. Parts of files
    are not served, since all readers share the whole."""

    files: dict[str, StaticFile]

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if file := self.files.get(request.path_info):
            return await _serve(file, request)
        if request.path_info.startswith(self.static_prefix):
            headers = _security_headers()
            return HttpResponse("Not found.", status=404, content_type="text/plain", headers=headers)
        response: HttpResponseBase = await self.get_response(request)
        return response

    def add_cache_headers(self, headers: Headers, path: str, url: str) -> None:
        super().add_cache_headers(headers, path, url)
        for name, value in _security_headers().items():
            headers[name] = value


async def _serve(file: StaticFile, request: HttpRequest) -> HttpResponse:
    meta = {name: value for name, value in request.META.items() if name != "HTTP_RANGE"}
    is_get = request.method == "GET"
    # As for HEAD, so that no file is opened.
    answer: Any = file.get_response("HEAD" if is_get else request.method or "", meta)
    response = HttpResponse(status=int(answer.status))
    if is_get and response.status_code == 200:
        path, _ = file.get_path_and_headers(meta)
        if path not in _read:
            _read[path] = await sync_to_async(Path(path).read_bytes)()
        response.content = _read[path]
    del response.headers["Content-Type"]
    for name, value in answer.headers:
        response.headers[name] = value
    return response


def _security_headers() -> dict[str, str]:
    """What Django's SecurityMiddleware says of a page. It stands behind what serves files, and does not see
    them. HSTS is for pages alone (`im66.transport`)."""
    return {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    }
