"""Private conversations are read for a reason, which the audit log keeps before anything is shown. It holds
for one conversation, one report or one held message, and for one session, for a while."""

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
    """Whether a reason was given for the conversation of the two by somebody who still may read it."""
    return READ_PRIVATE in moderator.may and is_seen(request, _name(a, b))


def gate(request: HttpRequest, moderator: Moderator, a: str, b: str, back: str) -> HttpResponse | None:
    """None if the conversation of the two may be read now. Otherwise the page that asks for a reason, or what
    comes of giving one."""
    if is_open(request, moderator, a, b):
        return None
    try:
        moderator.require(READ_PRIVATE, audit.READ, of_person(a))
    except RoleMissing as error:
        return refused(request, error.permission)
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    # Prepared reasons are sent to people.
    form.fields["reason"].widget = Textarea(attrs={"rows": 3})
    if not (form.is_bound and form.is_valid()):
        title = gettext("A private conversation")
        return show(request, "admin/desk/private.html", title, form=form, people=(a, b), back=back)
    audit.read_private(moderator, a, b, form.cleaned_data["reason"])
    _open(request, _name(a, b))
    return HttpResponseRedirect(request.get_full_path())


def is_seen(request: HttpRequest, target: str) -> bool:
    """Whether it was opened in this session, a while ago at most."""
    until: float = request.session.get(_KEY, {}).get(target, 0)
    return until > time.time()


def see(
    request: HttpRequest, moderator: Moderator, target: str, reason: str, action: str = audit.READ
) -> None:
    """Call it before something private is shown that a moderator must decide about: that is `reason` enough.
    `target`: as the audit log calls what is decided about."""
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
