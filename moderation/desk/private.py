"""Private conversations are read for a reason, which the audit log records before anything is shown. The
reason is valid for one conversation, report or held message, in one session, for OPEN_SECONDS."""

import time
from typing import Any

from django.forms import Textarea
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from moderation import audit
from moderation.actions.acting import of_person
from moderation.desk.forms import ReasonForm
from moderation.desk.site import refused, show
from moderation.moderators import READ_PRIVATE, Moderator, RoleMissing

OPEN_SECONDS = 30 * 60
_KEY = "private"


def is_open(request: HttpRequest, moderator: Moderator, a: str, b: str) -> bool:
    """Return whether the moderator gave a reason for this conversation and still has the permission."""
    return READ_PRIVATE in moderator.may and is_seen(request, _name(a, b))


def gate(request: HttpRequest, moderator: Moderator, a: str, b: str, back: str) -> HttpResponse | None:
    """Return None if the conversation may be read now. Otherwise return the page that asks for a reason, or
    the redirect after one is given."""
    if is_open(request, moderator, a, b):
        return None
    try:
        moderator.require(READ_PRIVATE, audit.READ, of_person(a))
    except RoleMissing as error:
        return refused(request, error.permission)
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    # Without the templates: their texts are written for the people concerned.
    form.fields["reason"].widget = Textarea(attrs={"rows": 3})
    if not (form.is_bound and form.is_valid()):
        title = gettext("A private conversation")
        return show(request, "admin/desk/private.html", title, form=form, people=(a, b), back=back)
    audit.read_private(moderator, a, b, form.cleaned_data["reason"])
    _open(request, _name(a, b))
    return HttpResponseRedirect(request.get_full_path())


def is_seen(request: HttpRequest, target: str) -> bool:
    """Return whether the target was opened in this session within OPEN_SECONDS."""
    until: float = request.session.get(_KEY, {}).get(target, 0)
    return until > time.time()


def see(
    request: HttpRequest, moderator: Moderator, target: str, reason: str, action: str = audit.READ
) -> None:
    """Record that something private is shown that a moderator must decide about; that is `reason` enough.

    Call it before it is shown. `target`: the name in the audit log.
    """
    if not is_seen(request, target):
        audit.record(moderator, action, target, reason)
        _open(request, target)


def _open(request: HttpRequest, name: str) -> None:
    now = time.time()
    opened: dict[str, Any] = request.session.get(_KEY, {})
    young = {name: until for name, until in opened.items() if until > now}
    request.session[_KEY] = {**young, name: now + OPEN_SECONDS}


def _name(a: str, b: str) -> str:
    # No userid has a comma in it.
    return ",".join(sorted((a, b)))
