"""Trying rules out: what happens to a text, and what a rule would have done to the last messages."""

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

# A dry run looks at so many texts, or rows if few of them are texts; it reads so many rows together, and
# shows so many matches.
MAX_TEXTS, MAX_ROWS, ROWS_TOGETHER, MAX_EXAMPLES = 10_000, 50_000, 500, 50
# So much of a message is shown before what matches, and of all of it.
_BEFORE, _MAX_EXCERPT = 40, 160

# A rule that finds one text of so many, of those of a day, is asked about before it is in force.
LARGE_SHARE, DAY_SECONDS = 1000, 24 * 3600

# The id of a rule that is only tried.
TRIED = 0


class TextOutcome(NamedTuple):
    """What happens to a text. `effect`: None if nothing does. `text`: as it would be delivered. `rules`,
    `flags`: the ids of the rules that do it, and of those that flag it."""

    effect: str | None
    text: str
    rules: tuple[int, ...]
    flags: tuple[int, ...]


class Match(NamedTuple):
    """A message that the rule matches. Of one between two people nothing is shown: reading it needs a
    reason."""

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
    """`texts`: at how many it looked. `matches`: how many the rule matches. `first`: the latest of these."""

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


def outcome(text: str, place: Recipient, tried: Spec | None = None) -> TextOutcome:
    """What the rules do to the text in a message to this person or group, and with them the one that is
    tried. Raises BadPattern and DatabaseError."""
    if not registry.current.is_read:
        registry.current.read()
    rulesets = [registry.current.rules, *([] if tried is None else [_only(tried)])]
    flags = sorted(rule for rules in rulesets for rule in rules.flags(text, place))
    decisions = [decisions for rules in rulesets if (decisions := rules.check(text, place))]
    if not decisions:
        return TextOutcome(FLAG if flags else None, text, (), tuple(flags))
    return TextOutcome(*_together(decisions, text), tuple(flags))


def dry_run(tried: Spec, *, with_private: bool) -> DryRun:
    """What the rule would have done to the last messages. `with_private`: also to those between two people,
    of which even a count tells something: the audit log has a line of it then. Raises BadPattern and
    DatabaseError."""
    rules = _only(tried._replace(effect=MASK))
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


class Share(NamedTuple):
    """`matches`: of `texts`, so many."""

    matches: int
    texts: int

    @property
    def is_large(self) -> bool:
        return self.matches * LARGE_SHARE >= self.texts > 0 and self.matches > 0


def share_of(tried: Sequence[Spec], *, with_private: bool) -> Share:
    """Of the texts of the last day, at most MAX_TEXTS of them: what the rule finds that finds most. Raises
    BadPattern and DatabaseError."""
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
    return Share(max(counts.values(), default=0), texts)


def note_trial(moderator: Moderator, tried: Sequence[Spec], reason: str) -> None:
    """Call it before rules are tried on what people have written to each other. Raises NotAllowed and
    BadPattern; then the audit log has no line of a trial."""
    moderator.require(READ_PRIVATE, audit.TRIED)
    for one in tried:
        check_new(one.pattern, one.match)
    patterns = [one.pattern for one in tried]
    audit.record(moderator, audit.TRIED, "", reason, pattern=patterns[0] if len(patterns) == 1 else patterns)


def _only(tried: Spec) -> Ruleset:
    check_new(tried.pattern, tried.match)
    return Ruleset([tried])


def _together(decisions: list[Decision], text: str) -> Decision:
    """The strongest; and of two masks, both."""
    strongest = min((one.effect for one in decisions), key=EFFECTS.index)
    those = [one for one in decisions if one.effect == strongest]
    masked = text
    for one in those:
        masked = "".join(
            new if new != old else now for new, old, now in zip(one.text, text, masked, strict=True)
        )
    return Decision(strongest, masked, tuple(sorted(rule for one in those for rule in one.rules)))


def _last_texts() -> Iterator[_Text]:
    """Latest first."""
    fields = ("id", "kind", "sender_id", "recipient_id", "group_id", "content", "timet")
    newest = Message.objects.order_by("-pk").values_list(*fields)
    texts, rows, before = 0, 0, None
    while texts < MAX_TEXTS and rows < MAX_ROWS:
        portion = (newest if before is None else newest.filter(pk__lt=before))[:ROWS_TOGETHER]
        read = [_Text(*row) for row in portion]
        those = [text for one in read if (text := _looked_at(one))][: MAX_TEXTS - texts]
        yield from those
        texts, rows = texts + len(those), rows + len(read)
        if len(read) < ROWS_TOGETHER:
            return
        before = read[-1].id


def _looked_at(row: _Text) -> _Text | None:
    """A text, or the name of a file."""
    if name := kind_of(row.kind).file_name(row.content):
        return row._replace(content=name)
    return row if row.kind in TEXTS else None


def _match(text: _Text, masked: str) -> Match:
    if text.group is None:
        return Match(text.id, text.sender, text.to, text.time, "", "", "")
    differs = [old != new for old, new in zip(text.content, masked, strict=True)]
    # A star that was masked does not differ.
    start = differs.index(True) if True in differs else 0
    end = next((place for place in range(start, len(differs)) if not differs[place]), len(differs))
    excerpts = (
        slice(max(0, start - _BEFORE), start),
        slice(start, end),
        slice(end, max(end, start + _MAX_EXCERPT)),
    )
    before, matched, after = (text.content[part] for part in excerpts)
    return Match(text.id, text.sender, text.to, text.time, before, matched[:_MAX_EXCERPT], after)
