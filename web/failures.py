"""The pages for whoever is not let in, in plain words."""

import math
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from accounts.lockout import seconds_left
from web.language import in_readers_language


@in_readers_language
def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our page, or came without our cookie."""
    return render(request, "web/accounts/forged.html", status=403)


@in_readers_language
def locked_out(request: HttpRequest, *_: Any) -> HttpResponse:
    """Too many failed logins: said also if this password was right, for it was not looked at.

    What else django-axes passes differs between its two ways to call this.
    """
    seconds = seconds_left(request)
    said = {"again": _again(math.ceil(seconds / 60))}
    response = render(request, "web/accounts/locked_out.html", said, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _again(minutes: int) -> str:
    if minutes == 1:
        return gettext("Try again in a minute.")
    return gettext("Try again in %(minutes)d minutes.") % {"minutes": minutes}
