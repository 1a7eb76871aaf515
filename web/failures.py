"""The error pages, in the reader's language."""

import math
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from accounts.limits.lockout import seconds_left
from accounts.readers_language import in_readers_language


@in_readers_language
def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show that a form failed the CSRF check: it came from another site, or without our cookie."""
    return render(request, "web/accounts/forged.html", status=403)


@in_readers_language
def locked_out(request: HttpRequest, *_: Any) -> HttpResponse:
    """Show that there were too many failed logins. The password of this request was not checked.

    django-axes calls this with different additional arguments in two places, which are ignored.
    """
    return _too_many_requests(request, "web/accounts/locked_out.html", seconds_left(request))


@in_readers_language
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show the reason in the exception, if the view gave one."""
    reason = exception.args[0] if exception.args else ""
    # The argument of the resolver's exception is not a text.
    text = reason if isinstance(reason, str) and reason else gettext("Check the address, or go back.")
    return _error_page(request, 404, gettext("There is no such page"), text)


@in_readers_language
def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show the reason in the exception, if there is one."""
    reason = exception.args[0] if exception.args else ""
    has_reason = isinstance(reason, str) and reason
    text = gettext(reason) if has_reason else gettext("You have no permission to open this page.")
    return _error_page(request, 403, gettext("Not allowed"), text)


@in_readers_language
def failed(request: HttpRequest) -> HttpResponse:
    """Show an error without any query, because the database may be what failed."""
    text = gettext("The server failed to make this page. Try again in a few minutes.")
    return _error_page(request, 500, gettext("Something went wrong"), text)


def _error_page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "web/failed.html", {"title": title, "text": text}, status=status)


def too_many_accounts(request: HttpRequest, seconds: int) -> HttpResponse:
    """Show that too many people have signed up from this address."""
    return _too_many_requests(request, "web/accounts/too_many.html", seconds)


def too_many_logins(request: HttpRequest, seconds: int) -> HttpResponse:
    """Show that there were too many logins."""
    return _too_many_requests(request, "web/accounts/too_many_logins.html", seconds)


def too_many_mails(request: HttpRequest, seconds: int) -> HttpResponse:
    """Show that too many mails were requested."""
    return _too_many_requests(request, "web/accounts/too_many_mails.html", seconds)


def _too_many_requests(request: HttpRequest, template: str, seconds: int) -> HttpResponse:
    response = render(request, template, {"again": _try_again_text(math.ceil(seconds / 60))}, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _try_again_text(minutes: int) -> str:
    if minutes == 1:
        return gettext("Try again in a minute.")
    return gettext("Try again in %(minutes)d minutes.") % {"minutes": minutes}
