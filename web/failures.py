"""The pages for whoever is not let in, in plain words."""

import math
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from accounts.lockout import seconds_left
from accounts.readers_language import in_readers_language


@in_readers_language
def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our page, or came without our cookie."""
    return render(request, "web/accounts/forged.html", status=403)


@in_readers_language
def locked_out(request: HttpRequest, *_: Any) -> HttpResponse:
    """Too many failed logins: said also if this password was right, for it was not looked at.

    What else django-axes passes differs between its two ways to call this.
    """
    return _come_again(request, "web/accounts/locked_out.html", seconds_left(request))


def too_many_accounts(request: HttpRequest, seconds: int) -> HttpResponse:
    """Too many people have signed up from this address."""
    return _come_again(request, "web/accounts/too_many.html", seconds)


def too_many_logins(request: HttpRequest, seconds: int) -> HttpResponse:
    """Somebody has logged in too often."""
    return _come_again(request, "web/accounts/too_many_logins.html", seconds)


def _come_again(request: HttpRequest, template: str, seconds: int) -> HttpResponse:
    response = render(request, template, {"again": _again(math.ceil(seconds / 60))}, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _again(minutes: int) -> str:
    if minutes == 1:
        return gettext("Try again in a minute.")
    return gettext("Try again in %(minutes)d minutes.") % {"minutes": minutes}
