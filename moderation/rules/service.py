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
from moderation.actions.acting import require_permission_and_reason
from moderation.errors import DeskError, NotFound
from moderation.models import AuditEntry, Rule
from moderation.moderators import CHANGE_RULES, READ_PRIVATE, Moderator
from moderation.rules.patterns import RE2, BadPattern, check, check_new
from moderation.rules.ruleset import EFFECTS, EVERYWHERE, GROUP, PERSONS, SCOPES, Spec
from moderation.rules.trying import TRIAL_RULE_ID, MatchShare, match_share, record_trial

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


class MatchesTooManyTexts(DeskError):
    """The rule matches many texts of the last day, and needs confirmation. `share`: of the rule that matches
    most."""

    text = gettext_noop(
        "It is found in %(matches)d of the %(texts)d texts of the last day. Confirm that this is meant."
    )

    def __init__(self, share: MatchShare) -> None:
        super().__init__(matches=share.matches, texts=share.texts)
        self.share = share


def add_rules(
    moderator: Moderator, patterns: Sequence[str], reason: str, *, is_meant: bool = True, **values: Any
) -> list[Rule]:
    """Add one rule for each pattern, without those that exist already. Return the added rules.

    `values`: other fields of CHANGEABLE, the same for all rules. Raises BadRule before anything is written,
    and MatchesTooManyTexts if a rule matches many texts and not `is_meant`.
    """
    require_permission_and_reason(moderator, CHANGE_RULES, "rule.add", "", reason)
    if len(patterns) > MAX_AT_ONCE:
        raise BadRule("pattern", gettext_noop("At most %(limit)d at once."), limit=MAX_AT_ONCE)
    _check_scope(values.get("scope", EVERYWHERE), values.get("group_id"))
    rules = [_valid(Rule(pattern=pattern, made_by=moderator.name, **values)) for pattern in patterns]
    if not is_meant:
        _require_few_matches(moderator, _not_stored(rules), reason)
    with transaction.atomic():
        added = _not_stored(rules)
        _check_limits(added)
        for rule in added:
            rule.save()
        _publish(moderator, "rule.add", added, reason)
    return added


def change_rule(
    moderator: Moderator, rule_id: int, reason: str, *, is_meant: bool = True, **values: Any
) -> Rule:
    """Change these fields of a rule, of CHANGEABLE. Raises NotFound, BadRule, and MatchesTooManyTexts as
    `add_rules` does."""
    require_permission_and_reason(moderator, CHANGE_RULES, "rule.change", _rule_target(rule_id), reason)
    if not is_meant:
        _require_few_matches_after_change(moderator, rule_id, reason, values)
    with transaction.atomic():
        rule = _lock_rules([rule_id]).first()
        if rule is None:
            raise NotFound
        before = _values_of(rule)
        for name, value in values.items():
            setattr(rule, name, value)
        _check_scope(rule.scope, rule.group_id)
        _valid(rule, is_new=(rule.pattern, rule.match) != (before["pattern"], before["match"]))
        if _values_of(rule) != before:
            _check_limits([rule])
            rule.save(update_fields=CHANGEABLE)
            _publish(moderator, "rule.change", [rule], reason, before=before)
    return rule


def switch_rules(
    moderator: Moderator, rule_ids: Collection[int], reason: str, *, is_active: bool, is_meant: bool = True
) -> list[AuditEntry]:
    """Switch rules on or off. Return an entry for each rule that has changed. Raises MatchesTooManyTexts as
    `add_rules` does, when rules are switched on."""
    action = "rule.on" if is_active else "rule.off"
    if is_active and not is_meant:
        require_permission_and_reason(
            moderator, CHANGE_RULES, action, _rule_target(min(rule_ids, default=0)), reason
        )
        _require_few_matches(moderator, list(Rule.objects.filter(pk__in=rule_ids, is_active=False)), reason)

    def write(rules: list[Rule]) -> None:
        Rule.objects.filter(pk__in=[rule.pk for rule in rules]).update(is_active=is_active)

    return _change_each(moderator, action, rule_ids, reason, write, is_active=not is_active)


def remove_rules(moderator: Moderator, rule_ids: Collection[int], reason: str) -> list[AuditEntry]:
    """Delete rules. Return an entry for each rule that existed."""

    def write(rules: list[Rule]) -> None:
        Rule.objects.filter(pk__in=[rule.pk for rule in rules]).delete()

    return _change_each(moderator, "rule.remove", rule_ids, reason, write)


def _change_each(
    moderator: Moderator,
    action: str,
    rule_ids: Collection[int],
    reason: str,
    write: Callable[[list[Rule]], None],
    **concerned: Any,
) -> list[AuditEntry]:
    require_permission_and_reason(
        moderator, CHANGE_RULES, action, _rule_target(min(rule_ids, default=0)), reason
    )
    with transaction.atomic():
        rules = list(_lock_rules(rule_ids).filter(**concerned))
        entries = _publish(moderator, action, rules, reason)
        write(rules)
    return entries


def _require_few_matches(moderator: Moderator, rules: Sequence[Rule], reason: str) -> None:
    """Raise MatchesTooManyTexts if one of the rules matches many texts of the last day.

    If these include messages between two people, the error reveals something about them, so the audit log
    records the trial first.
    """
    if not rules:
        return
    in_force = [_spec(rule) for rule in rules]
    with_private = READ_PRIVATE in moderator.may and any(spec.scope in _WITH_PRIVATE for spec in in_force)
    share = match_share(in_force, with_private=with_private)
    if not share.is_large:
        return
    if with_private:
        record_trial(moderator, in_force, reason)
    raise MatchesTooManyTexts(share)


def _require_few_matches_after_change(
    moderator: Moderator, rule_id: int, reason: str, values: Mapping[str, Any]
) -> None:
    """Raise MatchesTooManyTexts if the change makes the rule active or different, and it matches many
    texts."""
    rule = Rule.objects.filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    before = _spec(rule), rule.is_active
    for name, value in values.items():
        setattr(rule, name, value)
    if rule.is_active and (_spec(rule), rule.is_active) != before:
        _check_scope(rule.scope, rule.group_id)
        _require_few_matches(moderator, [_valid(rule)], reason)


def _spec(rule: Rule) -> Spec:
    # Includes the effect, so that a change of the effect counts as a change too.
    return Spec(rule.pk or TRIAL_RULE_ID, rule.pattern, rule.match, rule.effect, rule.scope, rule.group_id)


def _check_scope(scope: str, group_id: int | None) -> None:
    """Raise BadRule if scope and group do not fit together."""
    if scope not in SCOPES:
        raise BadRule("scope", gettext_noop("There is no such scope."))
    if (group_id is None) == (scope == GROUP):
        raise BadRule("group", gettext_noop("Name a group if the rule is for one group, and only then."))
    if group_id is not None and not Group.objects.filter(pk=group_id).exists():
        raise BadRule("group", Cause.NO_SUCH_GROUP.text)


def _valid(rule: Rule, *, is_new: bool = True) -> Rule:
    """Return the rule if it is valid. `is_new`: its pattern has changed. Raises BadRule."""
    if rule.effect not in EFFECTS:
        raise BadRule("effect", gettext_noop("There is no such effect."))
    try:
        (check_new if is_new else check)(rule.pattern, rule.match)
    except BadPattern as error:
        raise BadRule("pattern", f"{rule.pattern}: {in_words(error)}") from None
    return rule


def _not_stored(rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules that do not exist yet, without duplicates."""
    patterns = {rule.pattern for rule in rules}
    known = {_identity(rule) for rule in Rule.objects.filter(pattern__in=patterns)}
    new = {_identity(rule): rule for rule in rules}
    return [rule for same, rule in new.items() if same not in known]


def _identity(rule: Rule) -> tuple[Any, ...]:
    return rule.pattern, rule.match, rule.effect, rule.scope, rule.group_id


def _check_limits(rules: Sequence[Rule]) -> None:
    """Raise BadRule if there would be too many rules."""
    others = Rule.objects.exclude(pk__in=[rule.pk for rule in rules if rule.pk])
    if others.count() + len(rules) > MAX_RULES:
        raise BadRule("pattern", gettext_noop("There can be %(limit)d rules."), limit=MAX_RULES)
    expressions = [rule for rule in rules if rule.match == RE2]
    if expressions and others.filter(match=RE2).count() + len(expressions) > MAX_EXPRESSIONS:
        text = gettext_noop("There can be %(limit)d regular expressions.")
        raise BadRule("match", text, limit=MAX_EXPRESSIONS)


def _lock_rules(rule_ids: Collection[int]) -> QuerySet[Rule]:
    return Rule.objects.select_for_update().filter(pk__in=rule_ids).order_by("pk")


def _publish(
    moderator: Moderator, action: str, rules: Sequence[Rule], reason: str, **details: Any
) -> list[AuditEntry]:
    """Append the log row that notifies all processes, and add audit entries, in the change's transaction."""
    log_id = _append_log_row(moderator) if rules else None
    return [
        audit.record(moderator, action, _rule_target(rule.pk), reason, log_id, **_values_of(rule), **details)
        for rule in rules
    ]


def _append_log_row(moderator: Moderator) -> LogId | None:
    """Append a log row that the rules have changed. It concerns nobody, but rows of its kind need a person,
    and a backend is none."""
    people = User.objects.filter(pk__in=[moderator.person, getattr(settings.IM66, "desk_userid", "")])
    somebody = people.first() or User.objects.order_by("pk").first()
    return changes.append_account_status(somebody.pk, Change(rules=True)) if somebody else None


def _values_of(rule: Rule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in CHANGEABLE}


def _rule_target(rule_id: int) -> str:
    return f"rule:{rule_id}" if rule_id else ""
