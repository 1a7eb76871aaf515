"""Tries rules: on a text, and on the last messages."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from chat.protocol.kinds import TEXTS, kind_of
from log.models import Message
from log.rows import LogId, Recipient
from moderation import audit
from moderation.moderators import READ_PRIVATE, Moderator
from moderation.rules import registry
from moderation.rules.patterns import check_new
from moderation.rules.ruleset import EFFECTS, FLAG, MASK, Decision, Ruleset, Spec

# A dry run ends after this many texts or rows, reads this many rows per query, and shows this many matches.
MAX_TEXTS, MAX_ROWS, ROWS_PER_QUERY, MAX_EXAMPLES = 10_000, 50_000, 500, 50
# Characters of an excerpt before the match, and in all.
_BEFORE, _MAX_EXCERPT = 40, 160

# A rule that matches one in LARGE_SHARE texts of the last day needs confirmation.
LARGE_SHARE, DAY_SECONDS = 1000, 24 * 3600

# The id that stands for the rule to try.
TRIAL_RULE_ID = 0


class TextOutcome(NamedTuple):
    """What rules do to a text. `effect`: None if no rule matches. `text`: as it would be delivered. `rules`,
    `flags`: ids of the rules that have the effect, and of those that flag it."""

    effect: str | None
    text: str
    rules: tuple[int, ...]
    flags: tuple[int, ...]


class Match(NamedTuple):
    """A message that the rule matches. The excerpts of a message between two people are empty: reading it
    needs a reason."""

    id: LogId
    sender: str
    to: Recipient
    time: int
    before: str
    matched: str
    after: str

    @property
    def is_private(self) -> bool:
        return isinstance(self.to, str)


class DryRun(NamedTuple):
    """`texts`: how many were read. `matches`: how many of them the rule matches. `first`: the latest
    matches."""

    texts: int
    matches: int
    first: list[Match]


class _Text(NamedTuple):
    id: LogId
    kind: str
    sender: str
    recipient: str | None
    group: int | None
    content: str
    time: int

    @property
    def to(self) -> Recipient:
        return str(self.recipient) if self.group is None else self.group


def text_outcome(text: str, place: Recipient, tried: Spec | None = None) -> TextOutcome:
    """Return what the active rules and the rule to try do to a text to this person or group. Raises
    BadPattern and DatabaseError."""
    if not registry.current.is_read:
        registry.current.read()
    rulesets = [registry.current.rules, *([] if tried is None else [_ruleset_of(tried)])]
    flags = sorted(rule for rules in rulesets for rule in rules.flags(text, place))
    decisions = [decisions for rules in rulesets if (decisions := rules.check(text, place))]
    if not decisions:
        return TextOutcome(FLAG if flags else None, text, (), tuple(flags))
    return TextOutcome(*_combined(decisions, text), tuple(flags))


def dry_run(tried: Spec, *, with_private: bool) -> DryRun:
    """Return what the rule would have done to the last messages. Raises BadPattern and DatabaseError.

    `with_private`: include messages between two people. Even their count reveals something, so record the
    trial with `record_trial` first.
    """
    rules = _ruleset_of(tried._replace(effect=MASK))
    texts, matches = 0, 0
    first: list[Match] = []
    for text in _last_texts():
        if text.group is None and not with_private:
            continue
        texts += 1
        if decision := rules.check(text.content, text.to):
            matches += 1
            if len(first) < MAX_EXAMPLES:
                first.append(_match(text, decision.text))
    return DryRun(texts, matches, first)


class MatchShare(NamedTuple):
    """`matches`: how many of `texts` texts match."""

    matches: int
    texts: int

    @property
    def is_large(self) -> bool:
        return self.matches * LARGE_SHARE >= self.texts > 0 and self.matches > 0


def match_share(tried: Sequence[Spec], *, with_private: bool) -> MatchShare:
    """Return the share of the rule that matches most, among the texts of the last day, at most MAX_TEXTS.
    Raises BadPattern and DatabaseError."""
    rules = Ruleset([spec._replace(id=number, effect=MASK) for number, spec in enumerate(tried, 1)])
    texts, counts = 0, Counter[int]()
    since = time.time() - DAY_SECONDS
    for text in _last_texts():
        if text.time < since:
            break
        if text.group is None and not with_private:
            continue
        texts += 1
        if decision := rules.check(text.content, text.to):
            counts.update(decision.rules)
    return MatchShare(max(counts.values(), default=0), texts)


def record_trial(moderator: Moderator, tried: Sequence[Spec], reason: str) -> None:
    """Record a trial of rules on private messages; call it before the trial. Raises RoleMissing and
    BadPattern, without recording a trial."""
    moderator.require(READ_PRIVATE, audit.TRIED)
    for spec in tried:
        check_new(spec.pattern, spec.match)
    patterns = [spec.pattern for spec in tried]
    audit.record(moderator, audit.TRIED, "", reason, pattern=patterns[0] if len(patterns) == 1 else patterns)


def _ruleset_of(tried: Spec) -> Ruleset:
    check_new(tried.pattern, tried.match)
    return Ruleset([tried])


def _combined(decisions: list[Decision], text: str) -> Decision:
    """Return the strongest decision; masks of several rulesets are combined."""
    strongest = min((decision.effect for decision in decisions), key=EFFECTS.index)
    those = [decision for decision in decisions if decision.effect == strongest]
    masked = text
    for decision in those:
        masked = "".join(
            new if new != old else now for new, old, now in zip(decision.text, text, masked, strict=True)
        )
    return Decision(strongest, masked, tuple(sorted(rule for decision in those for rule in decision.rules)))


def _last_texts() -> Iterator[_Text]:
    """Yield the last texts, latest first."""
    fields = ("id", "kind", "sender_id", "recipient_id", "group_id", "content", "timet")
    newest = Message.objects.order_by("-pk").values_list(*fields)
    texts, rows, before = 0, 0, None
    while texts < MAX_TEXTS and rows < MAX_ROWS:
        portion = (newest if before is None else newest.filter(pk__lt=before))[:ROWS_PER_QUERY]
        read = [_Text(*row) for row in portion]
        those = [text for row in read if (text := _as_searchable(row))][: MAX_TEXTS - texts]
        yield from those
        texts, rows = texts + len(those), rows + len(read)
        if len(read) < ROWS_PER_QUERY:
            return
        before = read[-1].id


def _as_searchable(row: _Text) -> _Text | None:
    """Return the row if it is a text, or with the file's name as its text; otherwise None."""
    if name := kind_of(row.kind).file_name(row.content):
        return row._replace(content=name)
    return row if row.kind in TEXTS else None


def _match(text: _Text, masked: str) -> Match:
    if text.group is None:
        return Match(text.id, text.sender, text.to, text.time, "", "", "")
    differs = [old != new for old, new in zip(text.content, masked, strict=True)]
    # A star in the text is the same when masked.
    start = differs.index(True) if True in differs else 0
    end = next((place for place in range(start, len(differs)) if not differs[place]), len(differs))
    excerpts = (
        slice(max(0, start - _BEFORE), start),
        slice(start, end),
        slice(end, max(end, start + _MAX_EXCERPT)),
    )
    before, matched, after = (text.content[part] for part in excerpts)
    return Match(text.id, text.sender, text.to, text.time, before, matched[:_MAX_EXCERPT], after)
