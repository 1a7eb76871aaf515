"""The forms of the desk. Each asks for a reason."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext

from accounts.access import Role
from accounts.wording import in_words
from chat.models import Device
from log.models import Membership
from moderation.actions.acting import person_target, require_reason
from moderation.actions.fields import UNTIL, ActionField
from moderation.desk.called import target_labels
from moderation.errors import NoReason
from moderation.models import ReasonTemplate
from moderation.models.audit import REASON_LENGTH

PERSON_SEES_REASON = gettext_lazy("The person sees it as it is written. The audit log keeps it.")
# The checkbox that confirms a permanent ban. It appears once the form was submitted without it.
FOR_GOOD = "for_good"
# At most this many reason templates have a button.
MAX_TEMPLATES = 30
# At most this many people and groups are named.
MAX_NAMED = 10


class ReasonArea(forms.Textarea):
    """A text area with a button for each reason template. A script shows the buttons and inserts the text."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        area = super().render(name, value, attrs, renderer)
        templates = ReasonTemplate.objects.values_list("title", "text")[:MAX_TEMPLATES]
        buttons = format_html_join(
            " ",
            '<button type="button" data-text="{1}" title="{1}"{2}>{0}</button>',
            ((title, text, _key_attribute(place)) for place, (title, text) in enumerate(templates, 1)),
        )
        if not buttons:
            return area
        label = gettext("Ready-made texts")
        # Before the field, so that the Tab key leads from the field to the submit button.
        group = '<span class="desk-reasons" role="group" aria-label="{}" data-fills="{}" hidden>{}</span>{}'
        return format_html(group, label, (attrs or {}).get("id", ""), buttons, area)


def _key_attribute(place: int) -> SafeString:
    """Return the attribute for the key of a button; only the first nine have one."""
    return format_html(' data-key="{}"', place) if place < 10 else SafeString("")


class ReasonForm(forms.Form):
    """Asks for the reason that the audit log keeps."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        widget=ReasonArea(attrs={"rows": 3, "data-key": "t"}),
        help_text=gettext_lazy("Only the audit log has it."),
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        try:
            require_reason(reason)
        except NoReason as error:
            raise ValidationError(in_words(error)) from None
        return reason


class ActionForm(ReasonForm):
    """Asks for the reason and the action's other inputs. `cleaned_data` has the action's arguments.
    `notifies`: the person receives the reason; `banned`: the people whom the action bans."""

    def __init__(
        self,
        action_fields: Sequence[ActionField],
        data: Any = None,
        initial: Any = None,
        *,
        notifies: bool = False,
        banned: Collection[str] = (),
    ) -> None:
        super().__init__(data, initial=initial)
        self.action_fields, self.banned = action_fields, banned
        if notifies:
            self.fields["reason"].help_text = PERSON_SEES_REASON
        reason = self.fields.pop("reason")
        for field in action_fields:
            self.fields.update(field.form_fields())
        self.fields["reason"] = reason
        if data and FOR_GOOD in data:
            self._ask_for_good()

    def _ask_for_good(self) -> None:
        self.fields[FOR_GOOD] = forms.BooleanField(label=gettext_lazy("Ban for good"), required=False)

    def clean(self) -> dict[str, Any]:
        super().clean()
        for field in self.action_fields:
            field.clean(self)
        is_meant = self.cleaned_data.pop(FOR_GOOD, False)
        if self.bans_permanently() and not is_meant and not self.errors:
            self._ask_for_good()
            self.add_error(FOR_GOOD, _consequences(self.banned))
        return self.cleaned_data

    def bans_permanently(self) -> bool:
        return bool(self.banned) and self.cleaned_data.get(UNTIL.name) is None


def _consequences(people: Collection[str]) -> list[str]:
    """Return the effects of a permanent ban in sentences, for the confirmation."""
    groups = Membership.objects.current().filter(user__in=people, role=Role.OWNER)
    owned = list(groups.order_by("pk").values_list("group__name", flat=True)[: MAX_NAMED + 1])
    devices = Device.objects.filter(user__in=people).count()
    names = ", ".join(
        target_labels([person_target(userid) for userid in sorted(people)[:MAX_NAMED]]).values()
    )
    sentences = [
        gettext("No login is taken from %(names)s until a moderator unbans them.") % {"names": names}
    ]
    if devices:
        signed_out = ngettext(
            "%(count)d device is signed out and must sign in again after the ban.",
            "%(count)d devices are signed out and must sign in again after the ban.",
            devices,
        )
        sentences.append(signed_out % {"count": devices})
    if owned:
        names = ", ".join(owned[:MAX_NAMED]) + ("…" if len(owned) > MAX_NAMED else "")
        sentences.append(gettext("These groups lose their owner: %(names)s.") % {"names": names})
    sentences.append(gettext("Tick the box if that is meant."))
    return sentences
