"""The forms of the desk: each asks for a reason."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from moderation import times
from moderation.actions.acting import require_reason
from moderation.actions.groups import MOST_DAYS
from moderation.errors import NoReason
from moderation.models import ReasonTemplate
from moderation.models.audit import REASON_LENGTH

HOUR, DAY = 3600, 24 * 3600
# So many reasons have a button.
MAX_TEMPLATES = 30
AT_A_TIME, FOR_GOOD = "at", "ever"
LASTS = (
    (str(HOUR), gettext_lazy("1 hour")),
    (str(6 * HOUR), gettext_lazy("6 hours")),
    (str(DAY), gettext_lazy("1 day")),
    (str(7 * DAY), gettext_lazy("7 days")),
    (str(30 * DAY), gettext_lazy("30 days")),
    (FOR_GOOD, gettext_lazy("For good")),
    (AT_A_TIME, gettext_lazy("Until the time below")),
)
RECALLED_HOURS = (
    (0, gettext_lazy("None")),
    (1, gettext_lazy("Of the last hour")),
    (24, gettext_lazy("Of the last 24 hours")),
    (168, gettext_lazy("Of the last 7 days")),
)


class ReasonArea(forms.Textarea):
    """A text, with a button for each reason that administrators have written down before. A script shows the
    buttons, and writes the reason into the field."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        area = super().render(name, value, attrs, renderer)
        templates = ReasonTemplate.objects.values_list("title", "text")[:MAX_TEMPLATES]
        buttons = format_html_join(
            " ", '<button type="button" data-text="{1}" title="{1}">{0}</button>', templates
        )
        if not buttons:
            return area
        said = gettext("Ready-made texts")
        # Before the field, so that one goes on from it to what sends the form.
        group = '<span class="desk-reasons" role="group" aria-label="{}" data-fills="{}" hidden>{}</span>{}'
        return format_html(group, said, (attrs or {}).get("id", ""), buttons, area)


class ReasonForm(forms.Form):
    """Why. The audit log keeps it, and as a rule the person is told."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        widget=ReasonArea(attrs={"rows": 3}),
        help_text=gettext_lazy("The audit log keeps it. Whoever is told of this reads it as it stands here."),
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        try:
            require_reason(reason)
        except NoReason as error:
            raise ValidationError(str(error)) from None
        return reason


class UntilForm(ReasonForm):
    """And until when. `until` is then in seconds since 1970, None for good."""

    lasts = forms.ChoiceField(
        label=gettext_lazy("For how long"), choices=LASTS, initial=str(DAY), widget=forms.RadioSelect
    )
    until = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"],
    )
    field_order = ["lasts", "until", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].label = gettext("Until (%(zone)s)") % {"zone": times.zone_name()}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned["until"] = self._until(cleaned.get("lasts", FOR_GOOD), cleaned.get("until"))
        return cleaned

    def _until(self, lasts: str, at: datetime | None) -> int | None:
        if lasts == FOR_GOOD:
            return None
        now = int(timezone.now().timestamp())
        if lasts != AT_A_TIME:
            return now + int(lasts)
        second = 0 if at is None else int(times.said(at).timestamp())
        if second <= now:
            self.add_error("until", ValidationError(gettext("Give a time that is yet to come.")))
        return second


class MuteForm(UntilForm):
    """And where."""

    group = forms.IntegerField(
        label=gettext_lazy("Only in the group"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("The number of a group. Empty: everywhere."),
    )
    field_order = ["lasts", "until", "group", "reason"]


class UnmuteForm(ReasonForm):
    group = forms.IntegerField(
        label=gettext_lazy("Only in the group"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("The number of a group. Empty: everywhere."),
    )
    field_order = ["group", "reason"]


# In the apps there is no recall.
KEPT_ON_PHONES = gettext_lazy("Phones with the shipped apps keep the messages that they have.")


class BanForm(UntilForm):
    """And which of the person's messages are recalled."""

    recall_hours = forms.TypedChoiceField(
        label=gettext_lazy("Recall the person's messages"),
        choices=RECALLED_HOURS,
        coerce=int,
        initial=0,
        help_text=KEPT_ON_PHONES,
    )
    field_order = ["lasts", "until", "recall_hours", "reason"]


class SlowForm(ReasonForm):
    seconds = forms.IntegerField(
        label=gettext_lazy("Seconds between two messages of a member"),
        min_value=0,
        max_value=6 * HOUR,
        initial=30,
        help_text=gettext_lazy("0 ends it. Owners and admins are not concerned."),
    )
    field_order = ["seconds", "reason"]


class KeepForm(ReasonForm):
    days = forms.IntegerField(
        label=gettext_lazy("Days for which messages are kept"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("Empty: as long as elsewhere."),
    )
    field_order = ["days", "reason"]


class EditGroupForm(ReasonForm):
    name = forms.CharField(label=gettext_lazy("Name"), widget=forms.TextInput(attrs={"maxlength": 1000}))
    notice = forms.CharField(
        label=gettext_lazy("Notice"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ["name", "notice", "reason"]


class PersonForm(ReasonForm):
    userid = forms.CharField(label=gettext_lazy("User ID"), max_length=64)
    field_order = ["userid", "reason"]


class PeopleForm(ReasonForm):
    """Several people, a userid in each line."""

    userids = forms.CharField(
        label=gettext_lazy("Userids, one in each line"), widget=forms.Textarea(attrs={"rows": 4})
    )
    field_order = ["userids", "reason"]

    def clean_userids(self) -> list[str]:
        """Without empty lines."""
        return [line.strip() for line in self.cleaned_data["userids"].splitlines() if line.strip()]
