"""The form by which a report is resolved."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from moderation.desk.forms import KEPT_ON_PHONES, UntilForm
from moderation.models import Report
from moderation.models.reports import BAN, DISMISS, DISSOLVE, MUTE, RECALL, WARN
from moderation.reports import outcomes
from moderation.reports.targets import GROUP

_OUTCOMES = {
    DISMISS: gettext_lazy("Dismiss: nothing is wrong with it"),
    WARN: gettext_lazy("Warn the person"),
    RECALL: gettext_lazy("Recall the message"),
    MUTE: gettext_lazy("Mute the person: they read, but do not write"),
    BAN: gettext_lazy("Ban the person: they cannot log in"),
    DISSOLVE: gettext_lazy("Dissolve the group: all members leave"),
}
_OF_GROUPS = {**_OUTCOMES, MUTE: gettext_lazy("Mute the group: only owners and admins write")}


class ResolveForm(UntilForm):
    """What comes of it, and why."""

    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), widget=forms.RadioSelect)
    field_order = ["outcome", "lasts", "until", "reason"]

    def __init__(self, report: Report, data: Any = None) -> None:
        super().__init__(data)
        is_group = report.target.startswith(GROUP)
        titles = _OF_GROUPS if is_group else _OUTCOMES
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)
        fit = outcomes.fit_for(report)
        field.choices = [(name, titles[name]) for name in fit]
        if RECALL in fit:
            field.help_text = KEPT_ON_PHONES
        if is_group:
            # None of its outcomes ends by itself.
            del self.fields["lasts"], self.fields["until"]
        else:
            self.fields["lasts"].help_text = gettext_lazy("Of muting and banning.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("outcome") not in (MUTE, BAN):
            self.errors.pop("until", None)
            cleaned["until"] = None
        return cleaned
