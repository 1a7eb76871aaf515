"""Private conversations are read for a reason. It holds for one conversation and one session, for a while."""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from moderation import audit
from moderation.actions.acting import of_person
from moderation.desk.forms import ReasonForm
from moderation.desk.site import refused, show
from moderation.moderators import READ_PRIVATE, Moderator, NotAllowed

KEPT_SECONDS = 30 * 60
_KEY = "private"


def is_open(request: HttpRequest, moderator: Moderator, a: str, b: str) -> bool:
    """Whether a reason was given for the conversation of the two by somebody who still may read it."""
    if READ_PRIVATE not in moderator.may:
        return False
    until: float = request.session.get(_KEY, {}).get(_name(a, b), 0)
    return until > time.time()


def gate(request: HttpRequest, moderator: Moderator, a: str, b: str, back: str) -> HttpResponse | None:
    """None if the conversation of the two may be read now. Otherwise the page that asks for a reason, or what
    comes of giving one."""
    if is_open(request, moderator, a, b):
        return None
    try:
        moderator.require(READ_PRIVATE, "private.read", of_person(a))
    except NotAllowed as error:
        return refused(request, error.permission)
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if not (form.is_bound and form.is_valid()):
        title = gettext("A private conversation")
        return show(request, "admin/desk/private.html", title, form=form, people=(a, b), back=back)
    for one, other in {(a, b), (b, a)}:
        audit.record(moderator, "private.read", of_person(one), form.cleaned_data["reason"], peer=other)
    _open(request, a, b)
    return HttpResponseRedirect(request.get_full_path())


def _open(request: HttpRequest, a: str, b: str) -> None:
    now = time.time()
    kept: dict[str, Any] = request.session.get(_KEY, {})
    young = {name: until for name, until in kept.items() if until > now}
    request.session[_KEY] = {**young, _name(a, b): now + KEPT_SECONDS}


def _name(a: str, b: str) -> str:
    # No userid has a comma in it.
    return ",".join(sorted((a, b)))
