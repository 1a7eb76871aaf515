"""API calls about rules."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Flag, Second, TextField
from accounts.api.shapes import list_of, listed
from chat.api.forms import ConversationName, PageBounds, PrintableText
from moderation import errors
from moderation.actions.fields import GroupId
from moderation.api.base import DeskView, Reason, path_id
from moderation.models import Rule
from moderation.models.rules import NOTE_LENGTH, PATTERN_LENGTH
from moderation.moderators import READ_DESK
from moderation.rules import service
from moderation.rules.patterns import LITERAL, MATCHES
from moderation.rules.ruleset import BLOCK, EFFECTS, EVERYWHERE, MASK, SCOPES, Spec
from moderation.rules.trying import TRIAL_RULE_ID, text_outcome

# Of a text to try.
TEXT_LENGTH = 100_000
# The recipient of a text to try, where it makes no difference which person that is.
SOMEBODY = "somebody"

_MEANT = "Without it, a rule that is found in a thousandth of the texts of the last day is answered with 409."
_SCOPE = "Messages between two people (`persons`), in all groups, or in one `group`."


class RuleShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    pattern = serializers.CharField()
    match = serializers.ChoiceField(MATCHES)
    effect = serializers.ChoiceField(EFFECTS)
    scope = serializers.ChoiceField(SCOPES, help_text=_SCOPE)
    group = serializers.CharField(
        source="group_id", allow_null=True, help_text="The id of the group, for a rule in one."
    )
    note = serializers.CharField()
    active = serializers.BooleanField(source="is_active")
    hits = serializers.IntegerField(help_text="How many texts it was applied to; a few seconds late.")
    last_hit = Second(source="last_hit_at", allow_null=True, help_text="Whole seconds since 1970.")
    made_by = serializers.CharField(help_text="A userid, or `key:<id>` of a backend.")
    made = Second(source="made_at", help_text="Whole seconds since 1970.")

    class Meta:
        ref_name = "Rule"


class NewRule(serializers.Serializer[Any]):
    pattern = PrintableText(max_length=PATTERN_LENGTH)
    match = serializers.ChoiceField(
        MATCHES,
        required=False,
        default=LITERAL,
        help_text="`literal`: also inside of words; `word`: whole words; `re2`: an expression of RE2.",
    )
    effect = serializers.ChoiceField(EFFECTS, required=False, default=BLOCK)
    scope = serializers.ChoiceField(SCOPES, required=False, default=EVERYWHERE, help_text=_SCOPE)
    group = GroupId(required=False, allow_null=True, default=None)
    note = PrintableText(required=False, allow_blank=True, max_length=NOTE_LENGTH, default="")
    meant = Flag(required=False, default=False, help_text=_MEANT)
    reason = Reason()


class RuleChanges(serializers.Serializer[Any]):
    pattern = PrintableText(required=False, max_length=PATTERN_LENGTH)
    match = serializers.ChoiceField(MATCHES, required=False)
    effect = serializers.ChoiceField(EFFECTS, required=False)
    scope = serializers.ChoiceField(SCOPES, required=False, help_text=_SCOPE)
    group = GroupId(required=False, allow_null=True)
    note = PrintableText(required=False, allow_blank=True, max_length=NOTE_LENGTH)
    active = Flag(required=False)
    meant = Flag(required=False, default=False, help_text=_MEANT)
    reason = Reason()


class Why(serializers.Serializer[Any]):
    reason = Reason()


class NewTrial(serializers.Serializer[Any]):
    text = TextField(allow_blank=True, max_length=TEXT_LENGTH)
    to = ConversationName(required=False, help_text="Where it is sent; without it, to a person.")
    pattern = PrintableText(
        required=False, max_length=PATTERN_LENGTH, help_text="Of a rule that is tried with those there are."
    )
    match = serializers.ChoiceField(MATCHES, required=False, default=LITERAL)
    effect = serializers.ChoiceField(EFFECTS, required=False, default=MASK)


class Trial(serializers.Serializer[Any]):
    effect = serializers.ChoiceField(EFFECTS, allow_null=True, help_text="null: it is delivered as it is.")
    text = serializers.CharField(help_text="Masked, if that is the effect.")
    rules = serializers.ListField(
        child=serializers.IntegerField(), help_text="Whose effect it is; 0 is the rule that is tried."
    )
    flags = serializers.ListField(child=serializers.IntegerField(), help_text="Which rules flag it.")


class MadeRule(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Of the rule.")


class DeskRules(DeskView):
    @extend_schema(parameters=[PageBounds], responses=list_of(RuleShape))
    def get(self, request: Request) -> Response:
        """The rules, latest first."""
        self.moderator.require(READ_DESK, "rule.read")
        query = self.valid_query(PageBounds)
        rules = Rule.objects.order_by("-pk")
        if "before" in query:
            rules = rules.filter(pk__lt=query["before"])
        limit = query["limit"]
        rows = list(rules[: limit + 1])
        return Response(listed(RuleShape(rows[:limit], many=True).data, more=len(rows) > limit))

    @extend_schema(request=NewRule, responses={201: MadeRule, 200: MadeRule})
    def post(self, request: Request) -> Response:
        """Add a rule. One that is there already is answered with 200 and its id."""
        values = _service_arguments(self.valid_body(NewRule))
        pattern, reason = values.pop("pattern"), values.pop("reason")
        added = service.add_rules(self.moderator, [pattern], reason, **values)
        if added:
            return Response({"id": added[0].pk}, status=201)
        del values["note"], values["is_meant"]
        known = Rule.objects.filter(pattern=pattern, **values).values_list("pk", flat=True).first()
        return Response({"id": known})


class DeskRule(DeskView):
    @extend_schema(responses=RuleShape)
    def get(self, request: Request, rule: str) -> Response:
        """One rule."""
        self.moderator.require(READ_DESK, "rule.read")
        stored = Rule.objects.filter(pk=path_id(rule)).first()
        if stored is None:
            raise errors.NotFound
        return Response(RuleShape(stored).data)

    @extend_schema(request=RuleChanges, responses=RuleShape)
    def patch(self, request: Request, rule: str) -> Response:
        """Change a rule, or switch it off or on."""
        values = _service_arguments(self.valid_body(RuleChanges))
        changed = service.change_rule(self.moderator, path_id(rule), values.pop("reason"), **values)
        return Response(RuleShape(changed).data)

    @extend_schema(parameters=[Why], responses={204: None})
    def delete(self, request: Request, rule: str) -> Response:
        """Remove a rule for good."""
        if not service.remove_rules(self.moderator, [path_id(rule)], self.valid_query(Why)["reason"]):
            raise errors.NotFound
        return Response(status=204)


class DeskRuleTrials(DeskView):
    @extend_schema(request=NewTrial, responses=Trial)
    def post(self, request: Request) -> Response:
        """What would happen to a text. Nothing is stored."""
        self.moderator.require(READ_DESK, "rule.try")
        body = self.valid_body(NewTrial)
        tried = None
        if "pattern" in body:
            tried = Spec(TRIAL_RULE_ID, body["pattern"], body["match"], body["effect"])
        return Response(text_outcome(body["text"], body.get("to", SOMEBODY), tried)._asdict())


def _service_arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with the argument names of the service."""
    called = {"group": "group_id", "active": "is_active", "meant": "is_meant"}
    return {called.get(name, name): value for name, value in values.items()}
