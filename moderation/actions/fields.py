"""The inputs of actions besides the reason. Each has a field in the desk's form and one in the API's body."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from rest_framework import serializers

from accounts.api import fields as api
from groups.groupids import is_group_id
from groups.services import MAX_SLOW_SECONDS
from moderation import times

# A text that may be translated when it is shown.
LazyText = str | Promise

HOUR, DAY = 3600, 24 * 3600
AT_A_TIME, FOR_GOOD = "at", "ever"
DURATIONS = (
    (str(HOUR), gettext_lazy("1 hour")),
    (str(6 * HOUR), gettext_lazy("6 hours")),
    (str(DAY), gettext_lazy("1 day")),
    (str(7 * DAY), gettext_lazy("7 days")),
    (str(30 * DAY), gettext_lazy("30 days")),
    (FOR_GOOD, gettext_lazy("For good")),
    (AT_A_TIME, gettext_lazy("Until the time below")),
)
# A ban recalls at most the messages of this many hours.
MAX_RECALLED_HOURS = 30 * 24
_RECALL_CHOICES = (
    (0, pgettext_lazy("recall", "None")),
    (1, gettext_lazy("Of the last hour")),
    (24, gettext_lazy("Of the last 24 hours")),
    (168, gettext_lazy("Of the last 7 days")),
)
# The shipped apps do not support recalls.
PHONES_KEEP_COPIES = gettext_lazy("Phones with the shipped apps keep the messages that they have.")
MAX_RETENTION_DAYS = 36_500
# The last second of the year 9999, the largest that a datetime can hold.
LAST_SECOND = 253_402_300_799


@dataclass(frozen=True)
class ActionField:
    """`name`: of the form field, the body's field and the action's argument. `form()` and `api(**options)`
    make the two fields. `help`: the API's description, after "Of" and the names of the actions.
    `is_required`: an API call without it is refused. `detail`: its label in the audit log; if empty, the
    audit log does not show it. `single_only`: only the page of a single target shows it, not the bulk
    page."""

    name: str
    form: Callable[[], forms.Field]
    api: Callable[..., serializers.Field[Any, Any, Any, Any]]
    help: str = "."
    is_required: bool = False
    detail: LazyText = ""
    single_only: bool = False

    def form_fields(self) -> dict[str, forms.Field]:
        return {self.name: self.form()}

    def clean(self, form: forms.Form) -> None:
        """Combine the values of `form_fields` into one value in `cleaned_data`."""


class _UntilField(ActionField):
    """In the form: a duration to choose, or a time in the desk's time zone."""

    def form_fields(self) -> dict[str, forms.Field]:
        lasts = forms.ChoiceField(
            label=gettext_lazy("For how long"), choices=DURATIONS, initial=str(DAY), widget=forms.RadioSelect
        )
        return {"lasts": lasts, self.name: self.form()}

    def clean(self, form: forms.Form) -> None:
        lasts = form.cleaned_data.pop("lasts", FOR_GOOD)
        second = _end_second(lasts, form.cleaned_data.get(self.name))
        if lasts == AT_A_TIME and (second or 0) <= timezone.now().timestamp():
            form.add_error(self.name, ValidationError(gettext("Give a time that is yet to come.")))
        form.cleaned_data[self.name] = second


def _end_second(lasts: str, at: datetime | None) -> int | None:
    """Return the end as seconds since 1970; None if there is none, 0 if the chosen time is missing."""
    if lasts == FOR_GOOD:
        return None
    if lasts != AT_A_TIME:
        return int(timezone.now().timestamp()) + int(lasts)
    return 0 if at is None else int(times.in_desk_zone(at).timestamp())


class Until(api.WholeNumber):
    """Seconds since 1970; null means permanent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=LAST_SECOND, allow_null=True, **options)


class GroupId(api.TextField):
    """Takes a group's id as text and returns it as a number."""

    default_error_messages = {"group": "Not a group's id."}

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        value = super().to_internal_value(data)
        if not is_group_id(value):
            self.fail("group")
        return int(value)


class UseridLines(forms.CharField):
    """Several userids, one in each line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def clean(self, value: Any) -> list[str]:
        """Return the userids without empty lines."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


def _until_time_field() -> forms.Field:
    return forms.DateTimeField(
        label=gettext("Until (%(zone)s)") % {"zone": times.zone_name()},
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"],
    )


UNTIL = _UntilField(
    "until",
    form=_until_time_field,
    api=Until,
    help=": a second since 1970; null or none: for good.",
    detail=gettext_lazy("until"),
)
IN_GROUP = ActionField(
    "group",
    form=lambda: forms.IntegerField(
        label=gettext_lazy("Only in the group"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("The number of a group. Empty: everywhere."),
    ),
    api=partial(GroupId, allow_null=True),
    help=": only in this group.",
    detail=gettext_lazy("group"),
    single_only=True,
)
RECALL_HOURS = ActionField(
    "recall_hours",
    form=lambda: forms.TypedChoiceField(
        label=gettext_lazy("Recall the person's messages"),
        choices=_RECALL_CHOICES,
        coerce=int,
        initial=0,
        help_text=PHONES_KEEP_COPIES,
    ),
    api=partial(api.WholeNumber, min_value=0, max_value=MAX_RECALLED_HOURS),
    help=": recall what the person wrote in the last so many hours.",
    single_only=True,
)
SECONDS = ActionField(
    "seconds",
    form=lambda: forms.IntegerField(
        label=gettext_lazy("Seconds between two messages of a member"),
        min_value=0,
        max_value=MAX_SLOW_SECONDS,
        initial=30,
        help_text=gettext_lazy("0 ends it. Owners and admins are exempt."),
    ),
    api=partial(api.WholeNumber, min_value=0, max_value=MAX_SLOW_SECONDS),
    is_required=True,
    detail=gettext_lazy("seconds"),
)
DAYS = ActionField(
    "days",
    form=lambda: forms.IntegerField(
        label=gettext_lazy("Days for which messages are kept"),
        required=False,
        min_value=1,
        max_value=MAX_RETENTION_DAYS,
        help_text=gettext_lazy("Empty: as long as elsewhere."),
    ),
    api=partial(api.WholeNumber, allow_null=True, min_value=1, max_value=MAX_RETENTION_DAYS),
    help="; null: as long as elsewhere.",
    is_required=True,
    detail=gettext_lazy("days"),
)
USERID = ActionField(
    "userid",
    form=lambda: forms.CharField(label=gettext_lazy("User ID"), max_length=64),
    api=api.Userid,
    help=": the new owner.",
    is_required=True,
    detail=gettext_lazy("person"),
)
USERIDS = ActionField(
    "userids",
    form=lambda: UseridLines(label=gettext_lazy("Userids, one in each line")),
    api=partial(api.Userids, allow_empty=False),
    is_required=True,
    detail=gettext_lazy("people"),
)
NAME = ActionField(
    "name",
    form=lambda: forms.CharField(
        label=gettext_lazy("Name"), widget=forms.TextInput(attrs={"maxlength": 1000})
    ),
    api=api.TextField,
    detail=gettext_lazy("name"),
)
NOTICE = ActionField(
    "notice",
    form=lambda: forms.CharField(
        label=gettext_lazy("Notice"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    ),
    api=partial(api.TextField, allow_blank=True),
)
