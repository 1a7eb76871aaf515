"""Serves static files from memory: all of them together are a few megabytes."""

from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from servestatic.middleware import ServeStaticMiddleware
from servestatic.responders import StaticFile

# The contents of the files that were requested, by path.
_contents: dict[str, bytes] = {}


class StaticFiles(ServeStaticMiddleware):  # type: ignore[misc]
    """ServeStatic would start a thread for each request, and keep it until the client has read the file. Here
    only the first request of a file takes a thread, and a missing file takes none. Range requests get the
    whole file, because all requests share its content."""

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
    head: Any = file.get_response("HEAD" if is_get else request.method or "", meta)
    response = HttpResponse(status=int(head.status))
    if is_get and response.status_code == 200:
        path, _ = file.get_path_and_headers(meta)
        if path not in _contents:
            _contents[path] = await sync_to_async(Path(path).read_bytes)()
        response.content = _contents[path]
    del response.headers["Content-Type"]
    for name, value in head.headers:
        response.headers[name] = value
    return response


def _security_headers() -> dict[str, str]:
    """Return the headers of Django's SecurityMiddleware, which runs after this middleware and does not see
    static files. HSTS is for pages only (`im66.transport`)."""
    return {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    }
