"""The pages on which rules are tried: on a text, and on the last messages."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from accounts.wording import in_words
from moderation.desk.rule_forms import DryRunForm, TryForm
from moderation.desk.site import Page, refused, register, show
from moderation.models import Rule
from moderation.models.rules import EFFECTS
from moderation.moderators import CHANGE_RULES, READ_DESK, Moderator, NotAllowed
from moderation.rules.patterns import BadPattern
from moderation.rules.trying import TRIED, Outcome, dry_run, note_trial, outcome


def try_text(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """What the rules do to a text."""
    form = TryForm(request.POST or None)
    found = None
    if form.is_bound and form.is_valid():
        try:
            found = outcome(form.cleaned_data["text"], form.place, form.tried)
        except BadPattern as error:
            form.add_error("pattern", in_words(error))
    return show(
        request,
        "admin/desk/rules_try.html",
        gettext("Try rules"),
        form=form,
        found=found,
        effect=dict(EFFECTS).get(found.effect or "") if found else None,
        rules=_rules(found) if found else [],
        tries_one=found is not None and TRIED in (*found.rules, *found.flags),
    )


def run_dry(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """What a rule would have done to the last messages. It is not added."""
    # From the page of a rule, its values come in the address.
    form = DryRunForm(request.POST or None, initial=request.GET.dict())
    run, with_private = None, False
    if form.is_bound and form.is_valid():
        with_private = form.asks_for_private
        try:
            if with_private:
                note_trial(moderator, [form.tried], form.cleaned_data["reason"])
            run = dry_run(form.tried, with_private=with_private)
        except NotAllowed as error:
            return refused(request, error.permission)
        except BadPattern as error:
            form.add_error("pattern", in_words(error))
    return show(
        request,
        "admin/desk/rules_dry_run.html",
        gettext("Dry run"),
        form=form,
        run=run,
        with_private=with_private,
    )


def _rules(found: Outcome) -> list[Rule]:
    return list(Rule.objects.filter(pk__in=[*found.rules, *found.flags]).order_by("pk"))


register(
    Page("rules/try/", try_text, "rules_try", READ_DESK),
    Page("rules/dry-run/", run_dry, "rules_dry_run", CHANGE_RULES),
)
