"""The forms of the desk: each asks for a reason."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from moderation.actions.acting import require_reason
from moderation.actions.fields import Field
from moderation.errors import NoReason
from moderation.models import ReasonTemplate
from moderation.models.audit import REASON_LENGTH

# So many reasons have a button.
MAX_TEMPLATES = 30


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
        help_text=gettext_lazy(
            "It is kept in the audit log and shown to the person concerned as it is written."
        ),
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        try:
            require_reason(reason)
        except NoReason as error:
            raise ValidationError(str(error)) from None
        return reason


class ActionForm(ReasonForm):
    """And what else an action asks for. `cleaned_data` has the values by the names of the fields."""

    def __init__(self, asked: Sequence[Field], data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.asked = asked
        reason = self.fields.pop("reason")
        for field in asked:
            self.fields.update(field.form_fields())
        self.fields["reason"] = reason

    def clean(self) -> dict[str, Any]:
        super().clean()
        for field in self.asked:
            field.clean(self)
        return self.cleaned_data
