"""The forms about rules."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from log.group_models import ANY_ID
from log.rows import Recipient
from moderation.desk.forms import ReasonForm
from moderation.models.rules import EFFECTS, MATCHES, NOTE_LENGTH, PATTERN_LENGTH, SCOPES
from moderation.rules.patterns import LITERAL
from moderation.rules.ruleset import BLOCK, EVERYWHERE, GROUP, MASK, PERSONS, Spec
from moderation.rules.trying import TRIAL_RULE_ID

# For texts to try. Longer than people read.
TEXT_LENGTH = 10_000
# The recipient of a text to try, where it makes no difference which person that is.
SOMEBODY = "somebody"

_PATTERN_HELP = gettext_lazy(
    "Case, width, accents, lookalike letters and invisible characters make no difference; words are found"
    " although spaces or signs stand between their letters."
)


class _PlaceForm(forms.Form):
    """Asks which messages the rule applies to."""

    scope = forms.ChoiceField(label=gettext_lazy("Where"), choices=SCOPES, initial=EVERYWHERE)
    group = forms.IntegerField(
        label=gettext_lazy("Number of the group"),
        required=False,
        min_value=1,
        max_value=ANY_ID,
        help_text=gettext_lazy("For a rule in one group."),
    )


class _KindForm(forms.Form):
    """Asks how the pattern matches, and for the effect."""

    match = forms.ChoiceField(label=gettext_lazy("Match type"), choices=MATCHES, initial=LITERAL)
    effect = forms.ChoiceField(
        label=gettext_lazy("Effect"),
        choices=EFFECTS,
        initial=BLOCK,
        help_text=gettext_lazy(
            "Block: the sender gets an error. Hold: nobody gets it until a moderator releases it. Mask: each"
            " character is replaced by a star. Flag: it is delivered, and reported."
        ),
    )


class MeantForm(ReasonForm):
    """Asks for confirmation if a rule matches many texts. `is_meant`: hidden until then."""

    is_meant = forms.BooleanField(
        label=gettext_lazy("Enable it anyway"), required=False, widget=forms.HiddenInput
    )

    def ask(self, why: str) -> None:
        """Show the checkbox that confirms, with the reason why it is asked for."""
        self.fields["is_meant"].widget = forms.CheckboxInput()
        self.add_error("is_meant", why)


class _NoteForm(MeantForm):
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=NOTE_LENGTH)


class NewRulesForm(_NoteForm, _PlaceForm, _KindForm):
    """Rules that differ only in their patterns."""

    patterns = forms.CharField(
        label=gettext_lazy("Patterns, one in each line"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_PATTERN_HELP,
    )
    field_order = ("patterns", "match", "effect", "scope", "group", "note", "reason", "is_meant")

    def clean_patterns(self) -> list[str]:
        """Return the patterns without duplicates and empty lines."""
        lines = (line.strip() for line in self.cleaned_data["patterns"].splitlines())
        return list(dict.fromkeys(filter(None, lines)))


class RuleForm(_NoteForm, _PlaceForm, _KindForm):
    """One rule."""

    pattern = forms.CharField(
        label=gettext_lazy("Pattern"), max_length=PATTERN_LENGTH, help_text=_PATTERN_HELP
    )
    field_order = ("pattern", "match", "effect", "scope", "group", "note", "reason", "is_meant")


class TryForm(_KindForm):
    """A text, and optionally a rule that does not exist yet."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=TEXT_LENGTH,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    to_group = forms.IntegerField(
        label=gettext_lazy("In the group"),
        required=False,
        min_value=1,
        max_value=ANY_ID,
        help_text=gettext_lazy("The number of a group. Empty: from one person to another."),
    )
    pattern = forms.CharField(
        label=gettext_lazy("And with this pattern"),
        required=False,
        max_length=PATTERN_LENGTH,
        help_text=gettext_lazy("A new rule to try. Empty: only the existing rules."),
    )
    match = forms.ChoiceField(
        label=gettext_lazy("Match type"), choices=MATCHES, required=False, initial=LITERAL
    )
    effect = forms.ChoiceField(label=gettext_lazy("Effect"), choices=EFFECTS, required=False, initial=MASK)
    field_order = ("text", "to_group", "pattern", "match", "effect")

    @property
    def place(self) -> Recipient:
        group: int | None = self.cleaned_data["to_group"]
        return SOMEBODY if group is None else group

    @property
    def tried(self) -> Spec | None:
        values = self.cleaned_data
        if not values["pattern"]:
            return None
        return Spec(TRIAL_RULE_ID, values["pattern"], values["match"] or LITERAL, values["effect"] or MASK)


class DryRunForm(ReasonForm, _PlaceForm):
    """A rule to try on the last messages; without a reason, only on group messages."""

    pattern = forms.CharField(label=gettext_lazy("Pattern"), max_length=PATTERN_LENGTH)
    match = forms.ChoiceField(label=gettext_lazy("Match type"), choices=MATCHES, initial=LITERAL)
    field_order = ("pattern", "match", "scope", "group", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False
        self.fields["reason"].help_text = gettext_lazy(
            "Also searches messages between two people. The audit log keeps this reason and the pattern."
        )

    def clean_reason(self) -> str:
        return super().clean_reason() if self.cleaned_data["reason"] else ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if (cleaned.get("scope") == GROUP) != (cleaned.get("group") is not None):
            self.add_error(
                "group", ValidationError(gettext("Name a group if the rule is for one group, and only then."))
            )
        if cleaned.get("scope") == PERSONS and not cleaned.get("reason"):
            self.add_error("reason", ValidationError(gettext("Give a reason.")))
        return cleaned

    @property
    def asks_for_private(self) -> bool:
        return self.cleaned_data["scope"] in (EVERYWHERE, PERSONS) and bool(self.cleaned_data["reason"])

    @property
    def tried(self) -> Spec:
        values = self.cleaned_data
        return Spec(TRIAL_RULE_ID, values["pattern"], values["match"], MASK, values["scope"], values["group"])
