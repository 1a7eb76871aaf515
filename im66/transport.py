"""Keeps the promise of HSTS to pages.

A client that has heard `Strict-Transport-Security` speaks TLS to every port of the host from then on. The
shipped apps call plain ports as well, and iOS remembers the header for them. So only pages carry it, which
browsers alone ask for.
"""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware

from accounts.api.paths import is_api
from groups.calls import is_call
from uploads.calls import API_PATH

_FILES = re.compile(r"/(?:(?:wsim/)?(?:upload|media)|static)/")


def is_file(path: str) -> bool:
    """Whether files are sent or fetched there."""
    return path == API_PATH or _FILES.match(path) is not None


class Security(SecurityMiddleware):
    """Django's, which promises HSTS for all paths. Nothing of it waits, so it needs no thread."""

    get_response: Any

    async def __acall__(self, request: HttpRequest) -> HttpResponse:
        response = self.process_request(request) or await self.get_response(request)
        return self.process_response(request, response)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        path = request.path_info
        response = super().process_response(request, response)
        if is_call(path) or is_api(path) or is_file(path):
            response.headers.pop("Strict-Transport-Security", None)
        return response
