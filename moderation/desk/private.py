"""Private conversations are read for a reason, which the audit log records before anything is shown. The
reason is valid for one conversation, report or held message, in one session, for OPEN_SECONDS."""

import time
from typing import Any

from django.forms import Textarea
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from moderation import audit
from moderation.actions.acting import person_target
from moderation.desk.forms import ReasonForm
from moderation.desk.site import refusal_page, render_page
from moderation.moderators import READ_PRIVATE, Moderator, RoleMissing

OPEN_SECONDS = 30 * 60
_KEY = "private"


def is_conversation_open(request: HttpRequest, moderator: Moderator, a: str, b: str) -> bool:
    """Return whether the moderator gave a reason for this conversation and still has the permission."""
    return READ_PRIVATE in moderator.may and is_target_open(request, _conversation_key(a, b))


def require_private_access(
    request: HttpRequest, moderator: Moderator, a: str, b: str, back: str
) -> HttpResponse | None:
    """Return None if the conversation may be read now. Otherwise return the page that asks for a reason, or
    the redirect after one is given."""
    if is_conversation_open(request, moderator, a, b):
        return None
    try:
        moderator.require(READ_PRIVATE, audit.READ, person_target(a))
    except RoleMissing as error:
        return refusal_page(request, error.permission)
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    # Without the templates: their texts are written for the people concerned.
    form.fields["reason"].widget = Textarea(attrs={"rows": 3})
    if not (form.is_bound and form.is_valid()):
        title = gettext("A private conversation")
        return render_page(request, "admin/desk/private.html", title, form=form, people=(a, b), back=back)
    audit.record_private_read(moderator, a, b, form.cleaned_data["reason"])
    _open(request, _conversation_key(a, b))
    return HttpResponseRedirect(request.get_full_path())


def is_target_open(request: HttpRequest, target: str) -> bool:
    """Return whether the target was opened in this session within OPEN_SECONDS."""
    until: float = request.session.get(_KEY, {}).get(target, 0)
    return until > time.time()


def record_private_view(
    request: HttpRequest, moderator: Moderator, target: str, reason: str, action: str = audit.READ
) -> None:
    """Record that something private is shown that a moderator must decide about; that is `reason` enough.

    Call it before it is shown. `target`: the name in the audit log.
    """
    if not is_target_open(request, target):
        audit.record(moderator, action, target, reason)
        _open(request, target)


def _open(request: HttpRequest, name: str) -> None:
    now = time.time()
    opened: dict[str, Any] = request.session.get(_KEY, {})
    young = {name: until for name, until in opened.items() if until > now}
    request.session[_KEY] = {**young, name: now + OPEN_SECONDS}


def _conversation_key(a: str, b: str) -> str:
    # No userid has a comma in it.
    return ",".join(sorted((a, b)))
