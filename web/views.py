"""The page at `/`: a client for developers who port one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from web.verbs import FORMS


def page(request: HttpRequest) -> HttpResponse:
    """Shows raw frames in both directions, and a form for each verb."""
    return render(request, "web/page.html", {"forms": FORMS})
