"""The pages of rules: the list, one rule, and the form that adds rules."""

from collections.abc import Callable, Mapping, Sized
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext

from accounts.api.fields import id_in
from moderation.actions.acting import TOGETHER, Action
from moderation.desk.acting import (
    action_page,
    action_pages,
    bulk_action_page,
    chosen_action,
    failure_text,
    offered_actions,
    offered_bulk_actions,
)
from moderation.desk.paging import ROWS, ListPage, list_page
from moderation.desk.rule_forms import MeantForm, NewRulesForm, RuleForm, TryForm
from moderation.desk.site import DeskPage, refusal_page, register, render_page
from moderation.errors import DeskError
from moderation.models import AuditEntry, Rule
from moderation.models.rules import EFFECTS
from moderation.moderators import CHANGE_RULES, READ_DESK, Moderator, RoleMissing
from moderation.rules import service
from moderation.rules.service import BadRule, MatchesTooManyTexts

# The filters of the list.
FILTERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "on": (gettext_lazy("Switched on"), {"is_active": True}),
    "off": (gettext_lazy("Switched off"), {"is_active": False}),
    "unused": (gettext_lazy("Never applied"), {"hits": 0}),
}


def list_rules(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """List rules, latest first. `q`: a part of the pattern; `effect`, `only`: filters; `before`: the last
    rule of the previous page."""
    may_change = CHANGE_RULES in moderator.may
    return render_page(
        request,
        "admin/desk/rules.html",
        gettext("Rules"),
        portion=find_rules(request.GET),
        params=request.GET,
        effects=EFFECTS,
        filters=[(name, title) for name, (title, _) in FILTERS.items()],
        actions=offered_bulk_actions(RULES, moderator),
        may_change=may_change,
        trying=TryForm(),
    )


def find_rules(params: QueryDict) -> ListPage[Rule]:
    """Return the requested page of rules."""
    before = id_in(params.get("before"))
    matches = _filtered(params).order_by("-pk").select_related("group")
    rows = list((matches if before is None else matches.filter(pk__lt=before))[: ROWS + 1])
    return list_page(rows, params, "before", before, lambda rule: rule.pk)


def _filtered(params: QueryDict) -> QuerySet[Rule]:
    rules = Rule.objects.all()
    if text := params.get("q", "").strip():
        rules = rules.filter(pattern__icontains=text)
    if effect := params.get("effect", ""):
        rules = rules.filter(effect=effect)
    if (only := params.get("only", "")) in FILTERS:
        rules = rules.filter(**FILTERS[only][1])
    return rules


def add_rules(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """Add one rule for each line."""
    form = NewRulesForm(request.POST or None)
    back = reverse("admin:desk_rules")
    if form.is_bound and form.is_valid():
        values = _service_arguments(form.cleaned_data)
        patterns, reason = values.pop("patterns"), values.pop("reason")
        try:
            added = service.add_rules(moderator, patterns, reason, **values)
        except DeskError as error:
            return _error_page(request, form, error, _add_page)
        text = gettext("Added: %(count)d. Already there: %(known)d.")
        messages.success(request, text % {"count": len(added), "known": len(patterns) - len(added)})
        return HttpResponseRedirect(back)
    return _add_page(request, form)


def show_rule(request: HttpRequest, moderator: Moderator, id: int) -> HttpResponse:
    """Show a rule with the form that changes it."""
    rule = _rule_or_404(id)
    may_change = CHANGE_RULES in moderator.may
    form = RuleForm(request.POST or None, initial=_initial_values(rule)) if may_change else None

    def page(request: HttpRequest, form: Any) -> HttpResponse:
        return _rule_page(request, moderator, rule, form)

    if form and form.is_bound and form.is_valid():
        values = _service_arguments(form.cleaned_data)
        try:
            service.change_rule(moderator, rule.pk, values.pop("reason"), **values)
        except DeskError as error:
            return _error_page(request, form, error, page)
        messages.success(request, gettext("The rule was changed."))
        return HttpResponseRedirect(request.path)
    return page(request, form)


def act_on_rule(request: HttpRequest, moderator: Moderator, id: int, *, action: Action) -> HttpResponse:
    """Switch a rule on or off, or remove it."""
    rule = _rule_or_404(id)
    is_gone = action is REMOVE
    back = reverse("admin:desk_rules") if is_gone else reverse("admin:desk_rule", args=[rule.pk])
    form_of = MeantForm if action is ON else None
    return action_page(request, moderator, action, rule.pk, about=rule.pattern, back=back, form_of=form_of)


def act_on_rules(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """Confirm, then act on, the rules chosen in the list."""
    back = reverse("admin:desk_rules")
    action = chosen_action(request, RULES)
    chosen = [id_ for text in request.POST.getlist("chosen")[:ROWS] if (id_ := id_in(text))]
    names = dict(Rule.objects.filter(pk__in=chosen).values_list("pk", "pattern"))
    form_of = MeantForm if action is ON else None
    return bulk_action_page(
        request, moderator, action, chosen, back=back, names=names, counted=_count_text, form_of=form_of
    )


def _count_text(rules: Sized) -> str:
    return ngettext("%(count)d rule", "%(count)d rules", len(rules)) % {"count": len(rules)}


def _rule_or_404(id_: int) -> Rule:
    rule = Rule.objects.select_related("group").filter(pk=id_).first()
    if rule is None:
        raise Http404(gettext("There is no such rule."))
    return rule


def _add_page(request: HttpRequest, form: Any) -> HttpResponse:
    return render_page(
        request,
        "admin/desk/add_rules.html",
        gettext("Add rules"),
        form=form,
        back=reverse("admin:desk_rules"),
    )


def _rule_page(request: HttpRequest, moderator: Moderator, rule: Rule, form: Any) -> HttpResponse:
    title = gettext("Rule %(number)d") % {"number": rule.pk}
    return render_page(
        request,
        "admin/desk/rule.html",
        title,
        rule=rule,
        form=form,
        actions=offered_actions(RULES, moderator, rule),
        back=reverse("admin:desk_rules"),
    )


def _error_page(
    request: HttpRequest, form: Any, error: DeskError, page: Callable[[HttpRequest, Any], HttpResponse]
) -> HttpResponse:
    if isinstance(error, RoleMissing):
        return refusal_page(request, error.permission)
    if isinstance(error, MatchesTooManyTexts):
        form.ask(failure_text(error))
        return page(request, form)
    field = error.field if isinstance(error, BadRule) else None
    if field == "pattern" and "patterns" in form.fields:
        field = "patterns"
    form.add_error(field if field in form.fields else None, failure_text(error))
    return page(request, form)


def _service_arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form's values with the argument names of the service."""
    return {"group_id" if name == "group" else name: value for name, value in values.items()}


def _initial_values(rule: Rule) -> dict[str, Any]:
    values = {name: getattr(rule, name) for name in ("pattern", "match", "effect", "scope", "note")}
    return {**values, "group": rule.group_id}


def _switch_on(moderator: Moderator, rule_ids: list[int], reason: str, is_meant: bool) -> AuditEntry:
    return _first_entry(
        service.switch_rules(moderator, rule_ids, reason, is_active=True, is_meant=is_meant), "rule.on"
    )


def _switch_off(moderator: Moderator, rule_ids: list[int], reason: str) -> AuditEntry:
    return _first_entry(service.switch_rules(moderator, rule_ids, reason, is_active=False), "rule.off")


def _remove(moderator: Moderator, rule_ids: list[int], reason: str) -> AuditEntry:
    return _first_entry(service.remove_rules(moderator, rule_ids, reason), "rule.remove")


def _first_entry(entries: list[AuditEntry], line: str) -> AuditEntry:
    """Return the first entry; an unsaved one if nothing has changed."""
    return entries[0] if entries else AuditEntry(action=line)


OFF = Action(
    "rule.off",
    _switch_off,
    CHANGE_RULES,
    title=gettext_lazy("Switch off"),
    warning=gettext_lazy("The rule has no effect until it is switched on again. Its count stays."),
    bulk=TOGETHER,
    is_applicable=lambda rule: rule.is_active,
)
ON = Action(
    "rule.on",
    _switch_on,
    CHANGE_RULES,
    title=gettext_lazy("Switch on"),
    warning=gettext_lazy("The rule is applied to everything that is written from now on."),
    bulk=TOGETHER,
    is_applicable=lambda rule: not rule.is_active,
)
REMOVE = Action(
    "rule.remove",
    _remove,
    CHANGE_RULES,
    title=gettext_lazy("Delete"),
    warning=gettext_lazy("The rule and its count are deleted. The audit log keeps the rule."),
    is_grave=True,
    bulk=TOGETHER,
)
RULES = (OFF, ON, REMOVE)

register(
    DeskPage("rules/", list_rules, "rules", READ_DESK, gettext_lazy("Rules")),
    DeskPage("rules/add/", add_rules, "rules_add", CHANGE_RULES),
    DeskPage("rules/several/", act_on_rules, "rules_several", CHANGE_RULES),
    DeskPage("rules/<int:id>/", show_rule, "rule", READ_DESK),
    *action_pages(RULES, "rules/<int:id>/", "rule", act_on_rule),
)
