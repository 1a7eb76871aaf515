"""The forms that resolve reports."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from moderation.actions.acting import require_reason
from moderation.actions.fields import PHONES_KEEP_COPIES, UNTIL
from moderation.desk.forms import ActionForm
from moderation.errors import NoReason
from moderation.models import Report
from moderation.models.reports import BAN, DISMISS, DISSOLVE, MUTE, NOTE_LENGTH, RECALL, WARN
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
_GROUP_OUTCOMES = {**_OUTCOMES, MUTE: gettext_lazy("Mute the group: only owners and admins write")}
_MIXED_OUTCOMES = {**_OUTCOMES, MUTE: gettext_lazy("Mute the person, or the group")}


_KEYS = {DISMISS: "d", WARN: "w", RECALL: "r", MUTE: "m", BAN: "b", DISSOLVE: "s"}


class OutcomeBoxes(forms.CheckboxSelectMultiple):
    """Checkboxes, each with its keyboard key."""

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **options)
        option["attrs"]["data-key"] = _KEYS[str(value)]
        return option


class ResolveForm(ActionForm):
    """Asks for the outcomes of one or several reports, and the reason. Several reports get the outcomes that
    are possible for all of them."""

    outcome = forms.MultipleChoiceField(
        label=gettext_lazy("Outcome"), widget=OutcomeBoxes(attrs={"class": "desk-outcomes"})
    )

    def __init__(self, reports: Sequence[Report], data: Any = None, initial: Any = None) -> None:
        about = {report.about for report in reports if report.about}
        super().__init__([UNTIL], data, initial=initial, notifies=bool(about), banned=about)
        of_groups = [report.target.startswith(GROUP) for report in reports]
        titles = _GROUP_OUTCOMES if all(of_groups) else _MIXED_OUTCOMES if any(of_groups) else _OUTCOMES
        field = self.fields["outcome"]
        assert isinstance(field, forms.MultipleChoiceField)
        fit = _common_outcomes(reports)
        field.choices = [(name, titles[name]) for name in fit]
        help_text = [gettext("Several may be chosen: all of it is done, or nothing.")] if len(fit) > 2 else []
        field.help_text = " ".join([*help_text, *([str(PHONES_KEEP_COPIES)] if RECALL in fit else [])])
        if MUTE not in fit or all(of_groups):
            # No outcome on offer ends at a time.
            del self.fields["lasts"], self.fields["until"]
        else:
            self.fields["lasts"].help_text = gettext_lazy("Of muting and banning people.")

    def clean_outcome(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["outcome"]
        if DISMISS in chosen and len(chosen) > 1:
            raise ValidationError(gettext("Dismiss it, or do something about it: not both."))
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not {MUTE, BAN}.intersection(cleaned.get("outcome", ())):
            self.errors.pop("until", None)
            cleaned["until"] = None
        return cleaned

    def bans_permanently(self) -> bool:
        return BAN in self.cleaned_data.get("outcome", ()) and super().bans_permanently()


class NoteForm(forms.Form):
    """Asks for a note to other moderators."""

    note = forms.CharField(
        label=gettext_lazy("Note for moderators"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "Only moderators see it. The audit log records that you wrote a note, not its text."
        ),
    )

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"]
        try:
            require_reason(note)
        except NoReason:
            raise ValidationError(gettext("Write something.")) from None
        return note


def _common_outcomes(reports: Sequence[Report]) -> list[str]:
    fitting = [outcomes.possible_outcomes(report) for report in reports]
    return [name for name in fitting[0] if all(name in fit for fit in fitting)] if fitting else []
