"""The page at `/`: a client for developers who port one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.services import is_open
from web.forms import CALLS, verbs


def page(request: HttpRequest) -> HttpResponse:
    """Shows raw frames in both directions, and a form for each verb and each group call."""
    userid = _logged_in(request)
    said = {"verbs": verbs(userid), "calls": CALLS, "is_open": is_open(), "userid": userid}
    return render(request, "web/page.html", said)


def _logged_in(request: HttpRequest) -> str:
    """Who has logged in with this browser. In open mode that proves nothing and nobody is asked."""
    if is_open() or not request.user.is_authenticated:
        return ""
    return str(request.user.pk)
