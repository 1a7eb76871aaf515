"""The pages for what cannot be shown or done, in plain words and in the reader's language."""

import math
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from accounts.limits.lockout import seconds_left
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
    return _too_many_requests(request, "web/accounts/locked_out.html", seconds_left(request))


@in_readers_language
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Says what is missing where the view has said so."""
    reason = exception.args[0] if exception.args else ""
    # The resolver's own exception has no sentence.
    text = reason if isinstance(reason, str) and reason else gettext("Check the address, or go back.")
    return _failed(request, 404, gettext("There is no such page"), text)


@in_readers_language
def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Says why where that was said."""
    reason = exception.args[0] if exception.args else ""
    has_reason = isinstance(reason, str) and reason
    text = gettext(reason) if has_reason else gettext("You have no permission to open this page.")
    return _failed(request, 403, gettext("Not allowed"), text)


@in_readers_language
def failed(request: HttpRequest) -> HttpResponse:
    """Asks the database for nothing: that may be what failed."""
    text = gettext("The server failed to make this page. Try again in a few minutes.")
    return _failed(request, 500, gettext("Something went wrong"), text)


def _failed(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "web/failed.html", {"title": title, "text": text}, status=status)


def too_many_accounts(request: HttpRequest, seconds: int) -> HttpResponse:
    """Too many people have signed up from this address."""
    return _too_many_requests(request, "web/accounts/too_many.html", seconds)


def too_many_logins(request: HttpRequest, seconds: int) -> HttpResponse:
    """Somebody has logged in too often."""
    return _too_many_requests(request, "web/accounts/too_many_logins.html", seconds)


def too_many_mails(request: HttpRequest, seconds: int) -> HttpResponse:
    """Too much mail was asked for."""
    return _too_many_requests(request, "web/accounts/too_many_mails.html", seconds)


def _too_many_requests(request: HttpRequest, template: str, seconds: int) -> HttpResponse:
    response = render(request, template, {"again": _again(math.ceil(seconds / 60))}, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _again(minutes: int) -> str:
    if minutes == 1:
        return gettext("Try again in a minute.")
    return gettext("Try again in %(minutes)d minutes.") % {"minutes": minutes}
