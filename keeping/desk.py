"""Legal holds at the desk: what is held, and the forms by which a hold begins and ends."""

from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from keeping import legal_holds
from keeping.errors import Refused
from moderation.actions.acting import Action
from moderation.desk.acting import act, pages_of
from moderation.desk.audit_lines import url_of
from moderation.desk.called import called
from moderation.desk.forms import ReasonForm
from moderation.desk.site import Page, register, show
from moderation.models import AuditEntry
from moderation.models.audit import TARGET_LENGTH
from moderation.moderators import SEE_REPORTERS, Moderator

# Only people have it, no backend, and of the roles only administrators.
PERMISSION = SEE_REPORTERS
# As many as the page shows: the latest.
MAX_ROWS = 500


class HoldForm(ReasonForm):
    """And of whom, or of what."""

    target = forms.CharField(
        label=gettext_lazy("Person or group"),
        max_length=TARGET_LENGTH,
        help_text=gettext_lazy("u: and a userid, or g: and the number of a group."),
    )
    field_order = ["target", "reason"]


def list_holds(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    held = [(legal_holds.target_of(one), one) for one in legal_holds.holds().reverse()[:MAX_ROWS]]
    names = called([target for target, _ in held])
    rows = [(target, names[target], url_of(target), one) for target, one in held]
    return show(request, "admin/desk/holds.html", gettext("Legal holds"), rows=rows)


def _act(request: HttpRequest, moderator: Moderator, action: Action) -> HttpResponse:
    target = request.GET.get("target", "")
    initial, back = {"target": target}, reverse("admin:desk_holds")
    about = called([target])[target] if target else gettext("Legal holds")
    return act(request, moderator, action, "", about=about, back=back, initial=initial, form_of=HoldForm)


def _do(change: Any, moderator: Moderator, _: str, target: str, reason: str) -> AuditEntry:
    try:
        entry: AuditEntry = change(moderator, target, reason)
    except Refused as refused:
        raise ValidationError(str(refused)) from None
    return entry


ACTIONS = (
    Action(
        "hold.make",
        partial(_do, legal_holds.hold),
        PERMISSION,
        title=gettext_lazy("Begin a legal hold"),
        warning=gettext_lazy("Nothing of this person or group is pruned or erased until the hold ends."),
    ),
    Action(
        "hold.lift",
        partial(_do, legal_holds.lift),
        PERMISSION,
        title=gettext_lazy("End a legal hold"),
        warning=gettext_lazy("The next prune removes what only this hold kept."),
        is_grave=True,
    ),
)

register(
    Page("holds/", list_holds, "holds", PERMISSION, gettext_lazy("Legal holds")),
    *pages_of(ACTIONS, "holds/", "hold", _act),
)
