"""Sends HSTS with pages only.

A client that has received `Strict-Transport-Security` uses TLS for every port of the host from then on. The
shipped apps use plain ports as well, and iOS stores the header for them. So only pages, which only browsers
request, have the header.
"""

import re

from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from accounts.api.paths import is_api
from groups.calls import is_group_call
from uploads.calls import API_PATH, FILES_PATH

_FILES = re.compile(r"/(?:(?:wsim/)?(?:upload|media)|static|files)/")


def is_file(path: str) -> bool:
    """Whether the path is for uploads or for downloads of files."""
    return path in (API_PATH, FILES_PATH) or _FILES.match(path) is not None


class HstsForPagesOnly(MiddlewareMixin):
    """Removes the header from other responses. Django's SecurityMiddleware, which sets it for all paths,
    comes after this middleware."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        path = request.path_info
        if is_group_call(path) or is_api(path) or is_file(path):
            response.headers.pop("Strict-Transport-Security", None)
        return response
