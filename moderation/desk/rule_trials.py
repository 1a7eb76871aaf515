"""The pages that try rules: on a text, and on the last messages."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from accounts.wording import in_words
from moderation.desk.rule_forms import DryRunForm, TryForm
from moderation.desk.site import DeskPage, refusal_page, register, render_page
from moderation.models import Rule
from moderation.models.rules import EFFECTS
from moderation.moderators import CHANGE_RULES, READ_DESK, Moderator, RoleMissing
from moderation.rules.patterns import BadPattern
from moderation.rules.trying import TRIAL_RULE_ID, dry_run, record_trial, text_outcome


def try_text(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """Show what the rules do to a text."""
    form = TryForm(request.POST or None)
    result = None
    if form.is_bound and form.is_valid():
        try:
            result = text_outcome(form.cleaned_data["text"], form.place, form.tried)
        except BadPattern as error:
            form.add_error("pattern", in_words(error))
    return render_page(
        request,
        "admin/desk/rules_try.html",
        gettext("Try rules"),
        form=form,
        result=result,
        effect=dict(EFFECTS).get(result.effect or "") if result else None,
        rules=list(Rule.objects.filter(pk__in=[*result.rules, *result.flags]).order_by("pk"))
        if result
        else [],
        tries_one=result is not None and TRIAL_RULE_ID in (*result.rules, *result.flags),
    )


def run_dry(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """Show what a rule would have done to the last messages. The rule is not added."""
    # A rule's page links here with its values in the query string.
    form = DryRunForm(request.POST or None, initial=request.GET.dict())
    run, with_private = None, False
    if form.is_bound and form.is_valid():
        with_private = form.asks_for_private
        try:
            if with_private:
                record_trial(moderator, [form.tried], form.cleaned_data["reason"])
            run = dry_run(form.tried, with_private=with_private)
        except RoleMissing as error:
            return refusal_page(request, error.permission)
        except BadPattern as error:
            form.add_error("pattern", in_words(error))
    return render_page(
        request,
        "admin/desk/rules_dry_run.html",
        gettext("Dry run"),
        form=form,
        run=run,
        with_private=with_private,
    )


register(
    DeskPage("rules/try/", try_text, "rules_try", READ_DESK),
    DeskPage("rules/dry-run/", run_dry, "rules_dry_run", CHANGE_RULES),
)
