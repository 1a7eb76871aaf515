"""Keeps the promise of HSTS to pages.

A client that has heard `Strict-Transport-Security` speaks TLS to every port of the host from then on. The
shipped apps call plain ports as well, and iOS remembers the header for them. So only pages carry it, which
browsers alone ask for.
"""

import re

from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from groups.calls import is_call

_FILES = re.compile(r"/(?:(?:wsim/)?(?:upload|media)|static)/")


def is_file(path: str) -> bool:
    """Whether files are sent or fetched there."""
    return _FILES.match(path) is not None


class PagesAlone(MiddlewareMixin):
    """Stands before Django's SecurityMiddleware, which promises HSTS for all paths."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if is_call(request.path_info) or is_file(request.path_info):
            response.headers.pop("Strict-Transport-Security", None)
        return response
