"""Keeps the promise of HSTS to pages.

A client that has heard `Strict-Transport-Security` speaks TLS to every port of the host from then on. The
shipped apps call plain ports as well, and iOS remembers the header for them. So only pages carry it, which
browsers alone ask for.
"""

import re

from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from accounts.api.paths import is_api
from groups.calls import is_group_call
from uploads.calls import API_PATH, FILES_PATH

_FILES = re.compile(r"/(?:(?:wsim/)?(?:upload|media)|static|files)/")


def is_file(path: str) -> bool:
    """Whether files are sent or fetched there."""
    return path in (API_PATH, FILES_PATH) or _FILES.match(path) is not None


class PagesAlone(MiddlewareMixin):
    """Stands before Django's SecurityMiddleware, which promises HSTS for all paths."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        path = request.path_info
        if is_group_call(path) or is_api(path) or is_file(path):
            response.headers.pop("Strict-Transport-Security", None)
        return response
