"""A set of rules, and its decision about a text. Pure."""

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from accounts.limits.steps import Steps, finish
from log.rows import Recipient
from moderation.rules.characters import tables
from moderation.rules.fold import Folded, fold, masked, readings
from moderation.rules.hosts import Hosts
from moderation.rules.patterns import HOST, RE2, BadPattern, Expressions, Hit, Phrases, Span, check

# The strongest first. FLAG has no effect when a message is accepted.
BLOCK, HOLD, MASK, FLAG = EFFECTS = ("block", "hold", "mask", "flag")
EVERYWHERE, PERSONS, GROUPS, GROUP = SCOPES = ("everywhere", "persons", "groups", "group")

MAX_ADDRESS = 2048


class Spec(NamedTuple):
    """The definition of a rule. `group`: its id, for the scope of one group."""

    id: int
    pattern: str
    match: str
    effect: str
    scope: str = EVERYWHERE
    group: int | None = None

    def applies_to(self, place: Recipient | None) -> bool:
        """Return whether the rule applies to messages to this person or group. None stands for texts that
        everybody sees, such as names."""
        if self.scope == EVERYWHERE or place is None:
            return self.scope == EVERYWHERE
        if isinstance(place, str):
            return self.scope == PERSONS
        return self.scope == GROUPS or self.group == place


class Decision(NamedTuple):
    """The decision about a text. `text`: masked if the effect is MASK. `rules`: ids of the matching rules."""

    effect: str
    text: str
    rules: tuple[int, ...]


class _Matcher:
    """Matches some of the rules."""

    def __init__(self, rules: Iterable[Spec]) -> None:
        self.rules = {rule.id: rule for rule in rules}
        kinds = self.rules.values()
        words = {rule.id: (rule.pattern, rule.match) for rule in kinds if rule.match not in (RE2, HOST)}
        self._phrases = Phrases(words)
        self._hosts = Hosts({rule.id: rule.pattern for rule in kinds if rule.match == HOST})
        self._expressions = Expressions({rule.id: rule.pattern for rule in kinds if rule.match == RE2})

    def steps(self, text: str) -> Steps[list[Hit]]:
        """Return all matches in the text, in each of its readings."""
        hits: list[Hit] = []
        for reading in readings(text):
            hits += yield from self._hits_in(fold(reading))
            yield None
        return hits

    def link_hits(self, address: str) -> list[Hit]:
        """Return the matches of host rules in a URL."""
        if not self._hosts:
            return []
        # The host is at the beginning.
        hits = self._hosts.find(fold(address[:MAX_ADDRESS]))
        return [Hit(hit[0], [hit[1]]) for hit in hits if hit]

    def _hits_in(self, folded: Folded) -> Steps[list[Hit]]:
        yield None
        hits = []
        for hit in self._phrases.find(folded):
            if hit is None:
                yield None
            else:
                hits.append(hit)
        for host_hit in self._hosts.find(folded):
            if host_hit is None:
                yield None
            else:
                hits.append(Hit(host_hit[0], [host_hit[1]]))
        if self._expressions:
            hits += yield partial(self._expressions.find, folded)
        return hits


class Ruleset:
    """Rules, ready for use by any number of threads. `broken`: unusable rules, with the reason."""

    def __init__(self, rules: Iterable[Spec]) -> None:
        self.broken: dict[int, str] = {}
        usable = [rule for rule in rules if self._is_usable(rule)]
        if usable:
            tables()  # now, so that no message waits for it
        self._acting = _Matcher(rule for rule in usable if rule.effect != FLAG)
        self._flagging = _Matcher(rule for rule in usable if rule.effect == FLAG)

    def __len__(self) -> int:
        return len(self._acting.rules) + len(self._flagging.rules)

    def check(self, text: str, place: Recipient | None) -> Decision | None:
        """Return the decision about a text to this person or group; None if no rule matches. Takes
        microseconds for most texts."""
        return finish(self.steps(text, place))

    def steps(self, text: str, place: Recipient | None) -> Steps[Decision | None]:
        """Compute the result of `check` for a long text, in steps of a few milliseconds each."""
        if not self._acting.rules:
            return None
        hits = yield from self._acting.steps(text)
        return _strongest_decision(self._acting, hits, text, place) if hits else None

    def check_link(self, address: str, place: Recipient) -> Decision | None:
        """Return the decision about a message with this URL. Only host rules apply."""
        hits = self._acting.link_hits(address)
        return _strongest_decision(self._acting, hits, address, place) if hits else None

    def flags(self, text: str, place: Recipient | None) -> tuple[int, ...]:
        """Return the ids of the rules that flag the text."""
        if not self._flagging.rules:
            return ()
        hits = finish(self._flagging.steps(text))
        return tuple(sorted({hit.key for hit in hits if self._flagging.rules[hit.key].applies_to(place)}))

    def _is_usable(self, rule: Spec) -> bool:
        try:
            check(rule.pattern, rule.match)
        except BadPattern as error:
            self.broken[rule.id] = str(error)
        return rule.id not in self.broken


def _strongest_decision(
    matcher: _Matcher, hits: list[Hit], text: str, place: Recipient | None
) -> Decision | None:
    """Return the strongest decision. All masks apply together; a block or a hold leaves the text
    unchanged."""
    by_effect: dict[str, set[int]] = {}
    spans: list[Span] = []
    for key, places in hits:
        rule = matcher.rules[key]
        if rule.applies_to(place):
            by_effect.setdefault(rule.effect, set()).add(key)
            spans += places if rule.effect == MASK else ()
    effect = next((effect for effect in EFFECTS if effect in by_effect), None)
    if effect is None:
        return None
    rules = tuple(sorted(by_effect[effect]))
    return Decision(effect, masked(text, spans) if effect == MASK else text, rules)
