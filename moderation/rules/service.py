"""Changes rules. A change has a row in the log, so it takes effect in all processes within a second.

Each function raises RoleMissing and NoReason before anything is written, and must not be called in a
transaction.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.account_status import Change
from accounts.codes import Cause, Name, gettext_noop
from accounts.models import User
from accounts.wording import in_words
from log import changes
from log.models import Group
from log.rows import LogId
from moderation import audit
from moderation.actions.acting import may_begin
from moderation.errors import DeskError, NotFound
from moderation.models import AuditEntry, Rule
from moderation.moderators import CHANGE_RULES, READ_PRIVATE, Moderator
from moderation.rules.patterns import RE2, BadPattern, check, check_new
from moderation.rules.ruleset import EFFECTS, EVERYWHERE, GROUP, PERSONS, SCOPES, Spec
from moderation.rules.trying import TRIED, Share, note_trial, share_of

# Limits of all rules, of regular expressions among them, and of the rules added at once.
MAX_RULES, MAX_EXPRESSIONS, MAX_AT_ONCE = 10_000, 500, 500
# Rules of these scopes also apply to messages between two people.
_WITH_PRIVATE = (EVERYWHERE, PERSONS)
# Fields that can be changed.
CHANGEABLE = ("pattern", "match", "effect", "scope", "group_id", "note", "is_active")


class BadRule(DeskError):
    """The rule is not valid. `field`: the field with the error."""

    name = Name.INVALID

    def __init__(self, field: str, text: str, **values: str | int) -> None:
        super().__init__(text, **values)
        self.field = field


class FindsMuch(DeskError):
    """The rule matches many texts of the last day, and needs confirmation. `share`: of the rule that matches
    most."""

    text = gettext_noop(
        "It is found in %(matches)d of the %(texts)d texts of the last day. Confirm that this is meant."
    )

    def __init__(self, share: Share) -> None:
        super().__init__(matches=share.matches, texts=share.texts)
        self.share = share


def add(
    moderator: Moderator, patterns: Sequence[str], reason: str, *, is_meant: bool = True, **values: Any
) -> list[Rule]:
    """Add one rule for each pattern, without those that exist already. Return the added rules.

    `values`: other fields of CHANGEABLE, the same for all rules. Raises BadRule before anything is written,
    and FindsMuch if a rule matches many texts and not `is_meant`.
    """
    may_begin(moderator, CHANGE_RULES, "rule.add", "", reason)
    if len(patterns) > MAX_AT_ONCE:
        raise BadRule("pattern", gettext_noop("At most %(limit)d at once."), limit=MAX_AT_ONCE)
    _check_place(values.get("scope", EVERYWHERE), values.get("group_id"))
    rules = [_checked(Rule(pattern=pattern, made_by=moderator.name, **values)) for pattern in patterns]
    if not is_meant:
        _ask_about(moderator, _missing(rules), reason)
    with transaction.atomic():
        added = _missing(rules)
        _check_room(added)
        for rule in added:
            rule.save()
        _publish(moderator, "rule.add", added, reason)
    return added


def change(moderator: Moderator, rule_id: int, reason: str, *, is_meant: bool = True, **values: Any) -> Rule:
    """Change these fields of a rule, of CHANGEABLE. Raises NotFound, BadRule, and FindsMuch as `add` does."""
    may_begin(moderator, CHANGE_RULES, "rule.change", _name(rule_id), reason)
    if not is_meant:
        _ask_about_change(moderator, rule_id, reason, values)
    with transaction.atomic():
        rule = _locked([rule_id]).first()
        if rule is None:
            raise NotFound
        before = _values_of(rule)
        for name, value in values.items():
            setattr(rule, name, value)
        _check_place(rule.scope, rule.group_id)
        _checked(rule, is_new=(rule.pattern, rule.match) != (before["pattern"], before["match"]))
        if _values_of(rule) != before:
            _check_room([rule])
            rule.save(update_fields=CHANGEABLE)
            _publish(moderator, "rule.change", [rule], reason, before=before)
    return rule


def switch(
    moderator: Moderator, rule_ids: Collection[int], reason: str, *, is_active: bool, is_meant: bool = True
) -> list[AuditEntry]:
    """Switch rules on or off. Return an entry for each rule that has changed. Raises FindsMuch as `add` does,
    when rules are switched on."""
    action = "rule.on" if is_active else "rule.off"
    if is_active and not is_meant:
        may_begin(moderator, CHANGE_RULES, action, _name(min(rule_ids, default=0)), reason)
        _ask_about(moderator, list(Rule.objects.filter(pk__in=rule_ids, is_active=False)), reason)

    def write(rules: list[Rule]) -> None:
        Rule.objects.filter(pk__in=[rule.pk for rule in rules]).update(is_active=is_active)

    return _each(moderator, action, rule_ids, reason, write, is_active=not is_active)


def remove(moderator: Moderator, rule_ids: Collection[int], reason: str) -> list[AuditEntry]:
    """Delete rules. Return an entry for each rule that existed."""

    def write(rules: list[Rule]) -> None:
        Rule.objects.filter(pk__in=[rule.pk for rule in rules]).delete()

    return _each(moderator, "rule.remove", rule_ids, reason, write)


def _each(
    moderator: Moderator,
    action: str,
    rule_ids: Collection[int],
    reason: str,
    write: Callable[[list[Rule]], None],
    **concerned: Any,
) -> list[AuditEntry]:
    may_begin(moderator, CHANGE_RULES, action, _name(min(rule_ids, default=0)), reason)
    with transaction.atomic():
        rules = list(_locked(rule_ids).filter(**concerned))
        entries = _publish(moderator, action, rules, reason)
        write(rules)
    return entries


def _ask_about(moderator: Moderator, rules: Sequence[Rule], reason: str) -> None:
    """Raise FindsMuch if one of the rules matches many texts of the last day.

    If these include messages between two people, the error reveals something about them, so the audit log
    records the trial first.
    """
    if not rules:
        return
    in_force = [_spec(rule) for rule in rules]
    with_private = READ_PRIVATE in moderator.may and any(one.scope in _WITH_PRIVATE for one in in_force)
    share = share_of(in_force, with_private=with_private)
    if not share.is_large:
        return
    if with_private:
        note_trial(moderator, in_force, reason)
    raise FindsMuch(share)


def _ask_about_change(moderator: Moderator, rule_id: int, reason: str, values: Mapping[str, Any]) -> None:
    """Raise FindsMuch if the change makes the rule active or different, and it matches many texts."""
    rule = Rule.objects.filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    before = _spec(rule), rule.is_active
    for name, value in values.items():
        setattr(rule, name, value)
    if rule.is_active and (_spec(rule), rule.is_active) != before:
        _check_place(rule.scope, rule.group_id)
        _ask_about(moderator, [_checked(rule)], reason)


def _spec(rule: Rule) -> Spec:
    # Includes the effect, so that a change of the effect counts as a change too.
    return Spec(rule.pk or TRIED, rule.pattern, rule.match, rule.effect, rule.scope, rule.group_id)


def _check_place(scope: str, group_id: int | None) -> None:
    """Raise BadRule if scope and group do not fit together."""
    if scope not in SCOPES:
        raise BadRule("scope", gettext_noop("There is no such scope."))
    if (group_id is None) == (scope == GROUP):
        raise BadRule("group", gettext_noop("Name a group if the rule is for one group, and only then."))
    if group_id is not None and not Group.objects.filter(pk=group_id).exists():
        raise BadRule("group", Cause.NO_SUCH_GROUP.text)


def _checked(rule: Rule, *, is_new: bool = True) -> Rule:
    """Return the rule if it is valid. `is_new`: its pattern has changed. Raises BadRule."""
    if rule.effect not in EFFECTS:
        raise BadRule("effect", gettext_noop("There is no such effect."))
    try:
        (check_new if is_new else check)(rule.pattern, rule.match)
    except BadPattern as error:
        raise BadRule("pattern", f"{rule.pattern}: {in_words(error)}") from None
    return rule


def _missing(rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules that do not exist yet, without duplicates."""
    patterns = {rule.pattern for rule in rules}
    known = {_same(rule) for rule in Rule.objects.filter(pattern__in=patterns)}
    new = {_same(rule): rule for rule in rules}
    return [rule for same, rule in new.items() if same not in known]


def _same(rule: Rule) -> tuple[Any, ...]:
    return rule.pattern, rule.match, rule.effect, rule.scope, rule.group_id


def _check_room(rules: Sequence[Rule]) -> None:
    """Raise BadRule if there would be too many rules."""
    others = Rule.objects.exclude(pk__in=[rule.pk for rule in rules if rule.pk])
    if others.count() + len(rules) > MAX_RULES:
        raise BadRule("pattern", gettext_noop("There can be %(limit)d rules."), limit=MAX_RULES)
    expressions = [rule for rule in rules if rule.match == RE2]
    if expressions and others.filter(match=RE2).count() + len(expressions) > MAX_EXPRESSIONS:
        text = gettext_noop("There can be %(limit)d regular expressions.")
        raise BadRule("match", text, limit=MAX_EXPRESSIONS)


def _locked(rule_ids: Collection[int]) -> QuerySet[Rule]:
    return Rule.objects.select_for_update().filter(pk__in=rule_ids).order_by("pk")


def _publish(
    moderator: Moderator, action: str, rules: Sequence[Rule], reason: str, **details: Any
) -> list[AuditEntry]:
    """Append the log row that notifies all processes, and add audit entries, in the change's transaction."""
    log_id = _append(moderator) if rules else None
    return [
        audit.record(moderator, action, _name(rule.pk), reason, log_id, **_values_of(rule), **details)
        for rule in rules
    ]


def _append(moderator: Moderator) -> LogId | None:
    """Append a log row that the rules have changed. It concerns nobody, but rows of its kind need a person,
    and a backend is none."""
    people = User.objects.filter(pk__in=[moderator.person, getattr(settings.IM66, "desk_userid", "")])
    somebody = people.first() or User.objects.order_by("pk").first()
    return changes.append_account_status(somebody.pk, Change(rules=True)) if somebody else None


def _values_of(rule: Rule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in CHANGEABLE}


def _name(rule_id: int) -> str:
    return f"rule:{rule_id}" if rule_id else ""
