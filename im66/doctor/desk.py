"""The desk's page with what the doctor finds."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy

from im66.doctor.background import Background
from moderation.desk.site import DeskPage, register, show
from moderation.moderators import VIEW_STATUS, Moderator

background = Background()


def status(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """The whole page."""
    return show(request, "admin/desk/status.html", gettext("Server status"), **_examined())


def live(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """What of it changes, for the script that keeps it new."""
    return show(request, "admin/desk/status_live.html", "", **_examined())


def _examined() -> dict[str, Any]:
    newest = background.newest()
    return {"ended_at": newest and int(newest.ended_at), "results": newest.results if newest else ()}


register(
    DeskPage("status/", status, "status", VIEW_STATUS, gettext_lazy("Server status")),
    DeskPage("status/live/", live, "status_live", VIEW_STATUS),
)
