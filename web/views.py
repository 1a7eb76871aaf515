"""The page at `/`: a client for whoever ports one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from web.verbs import FORMS


def page(request: HttpRequest) -> HttpResponse:
    """Raw frames in and out, and a form for each verb."""
    return render(request, "web/page.html", {"forms": FORMS})
