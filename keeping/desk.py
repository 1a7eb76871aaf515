"""Legal holds at the desk: their list, and the forms to begin and to end a hold."""

from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from accounts.names.userids import MAX_LENGTH
from keeping import legal_holds
from keeping.errors import MaintenanceRefused
from moderation.actions.acting import Action, group_target, person_target
from moderation.desk.acting import action_page, action_pages
from moderation.desk.audit_lines import url_of
from moderation.desk.called import target_labels
from moderation.desk.forms import ReasonForm
from moderation.desk.site import DeskPage, register, render_page
from moderation.models import AuditEntry
from moderation.moderators import SEE_REPORTERS, Moderator

# Only people have this permission, no backend, and only the role of administrators.
PERMISSION = SEE_REPORTERS
# The page shows at most this many holds, the latest ones.
MAX_ROWS = 500


class HoldForm(ReasonForm):
    """A reason, and the person or group to hold. `cleaned_data["of"]` is the target for
    `legal_holds.hold`."""

    person = forms.CharField(
        label=gettext_lazy("Person"),
        max_length=MAX_LENGTH,
        required=False,
        help_text=gettext_lazy("Their userid. Or choose a group below."),
    )
    group = forms.IntegerField(
        label=gettext_lazy("Group"),
        min_value=1,
        required=False,
        help_text=gettext_lazy("Its number: the page of the group shows it."),
    )
    field_order = ["person", "group", "reason"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        person, group = self.cleaned_data.pop("person", ""), self.cleaned_data.pop("group", None)
        if not self.errors and bool(person) == (group is not None):
            raise ValidationError(gettext("Enter either a person or a group."))
        self.cleaned_data["of"] = group_target(group) if group is not None else person_target(person)
        return self.cleaned_data


def list_holds(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    held = [(legal_holds.target_of(hold), hold) for hold in legal_holds.holds().reverse()[:MAX_ROWS]]
    names = target_labels([target for target, _ in held])
    rows = [(target, names[target], url_of(target), hold) for target, hold in held]
    return render_page(request, "admin/desk/holds.html", gettext("Legal holds"), rows=rows)


def _act(request: HttpRequest, moderator: Moderator, action: Action) -> HttpResponse:
    target = request.GET.get("target", "")
    about = target_labels([target])[target] if target else gettext("Legal holds")
    form_of = ReasonForm if target else HoldForm
    return action_page(
        request, moderator, action, target, about=about, back=reverse("admin:desk_holds"), form_of=form_of
    )


def _do(change: Any, moderator: Moderator, target: str, reason: str, of: str = "") -> AuditEntry:
    try:
        entry: AuditEntry = change(moderator, of or target, reason)
    except MaintenanceRefused as refused:
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
        warning=gettext_lazy("The next prune removes data that only this hold has kept."),
        is_grave=True,
    ),
)

register(
    DeskPage("holds/", list_holds, "holds", PERMISSION, gettext_lazy("Legal holds")),
    *action_pages(ACTIONS, "holds/", "hold", _act),
)
