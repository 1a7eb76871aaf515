"""The page at `/`: a client for developers who port one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.services import is_open
from web.forms import CALLS, VERBS


def page(request: HttpRequest) -> HttpResponse:
    """Shows raw frames in both directions, and a form for each verb and each group call."""
    return render(request, "web/page.html", {"verbs": VERBS, "calls": CALLS, "is_open": is_open()})
