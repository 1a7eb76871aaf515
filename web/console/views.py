"""The page of the console."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.api.paths import ROOT
from accounts.services import is_open
from chat.protocol.kinds import for_pages
from web.console.http import EXAMPLES, UPLOADS
from web.console.json import commands
from web.console.legacy import CALLS, verbs


def console(request: HttpRequest) -> HttpResponse:
    """Show the frames of both dialects in both directions, and a form for each verb, command and API call."""
    userid = str(request.user.pk) if request.user.is_authenticated else ""
    context = {
        "verbs": verbs(userid),
        "commands": commands(userid, is_open=is_open()),
        "uploads": UPLOADS,
        "calls": CALLS,
        "examples": EXAMPLES,
        "root": ROOT,
        "is_open": is_open(),
        "userid": userid,
        "kinds": for_pages(),
    }
    return render(request, "web/console.html", context)
