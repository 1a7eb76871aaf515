"""Matches patterns of rules: phrases, whole words, regular expressions. Pure.

A phrase also matches with spaces or signs between its letters, if it then begins and ends at word boundaries:
"se x" matches, "these xylophones" does not. Scripts without spaces have word boundaries everywhere.
"""

import random
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import re2
from ahocorasick_rs import AhoCorasick

from accounts.codes import Failed, Name, gettext_noop
from moderation.rules.characters import fold_letters, is_letter, is_unspaced
from moderation.rules.fold import Folded, consecutive_runs, fold
from moderation.rules.hanzi import SIMPLIFIED
from moderation.rules.hosts import host_of

LITERAL, WORD, RE2, HOST = MATCHES = ("literal", "word", "re2", "host")

MAX_CHARACTERS = {LITERAL: 200, WORD: 200, RE2: 1000, HOST: 300}
# Memory in bytes of one regular expression, and of the combined one in the first search.
_MEMORY, _COMBINED_MEMORY = 2 * 1024 * 1024, 64 * 1024 * 1024
_MAX_INSTRUCTIONS = 10_000
# On texts of its own letters, an expression may take this many times as long as a simple one: 60 ms for 64
# KB.
_MAX_SLOWDOWN, _MIN_SECONDS, _PROBE_CHARACTERS = 500, 0.000_03, 16 * 1024
# Places of a phrase's letters that are examined, and letters of matches that are located exactly. A text that
# has more is made to have them.
_MAX_PLACES, _MAX_LETTERS = 2000, 300
# After this many places, other threads may run.
_PLACES_PER_STEP = 250
# An expression yields at most this many matches, and reads at most this many characters: each search may read
# the rest of the text.
_MAX_MATCHES, _MAX_SEARCHED = 300, 1_000_000

# Parts of an expression: quoted text, an escape, the beginning of a class, a non-ASCII range, or a character.
_TOKENS = re.compile(r"\\Q.*?(?:\\E|$)|\\.|\[:\^?\w+:\]|\[\^?\]?|[^\x00-\x7f]-[^\x00-\x7f]|.", re.DOTALL)

Span = tuple[int, int]


class BadPattern(Failed):
    """The pattern is not valid."""

    name, field = Name.INVALID, "pattern"


class Hit(NamedTuple):
    """A match of a rule. `key`: the rule's. `spans`: the matching parts of the text."""

    key: int
    spans: list[Span]


# Matches, with None between steps of a millisecond or two each.
HitsInSteps = Iterator[Hit | None]


def check(pattern: str, match: str) -> None:
    """Raise BadPattern if the pattern is not valid."""
    if match not in MATCHES:
        raise BadPattern(gettext_noop("There is no such kind of rule."))
    if len(pattern) > MAX_CHARACTERS[match]:
        text = gettext_noop("A pattern has at most %(limit)d characters.")
        raise BadPattern(text, limit=MAX_CHARACTERS[match])
    if match == RE2:
        compiled(pattern)
    elif match == HOST:
        if host_of(pattern) is None:
            raise BadPattern(gettext_noop("Write a host, as shop.example."))
    elif not fold(pattern).spaced.strip():
        raise BadPattern(gettext_noop("A pattern needs a character that can be seen."))


def compiled(pattern: str) -> Any:
    """Compile the regular expression for folded texts. Raises BadPattern."""
    try:
        expression = re2.compile(_folded_expression(pattern), _options(_MEMORY))
    except (re2.error, UnicodeEncodeError) as error:
        text = gettext_noop("Not an expression of RE2: %(reason)s")
        raise BadPattern(text, reason=_error_text(error)) from error
    if expression.programsize > _MAX_INSTRUCTIONS:
        raise BadPattern(gettext_noop("The expression is too large. Repeat less in it."))
    if expression.search("") is not None:
        text = gettext_noop("The expression matches an empty text, so it would match every text.")
        raise BadPattern(text)
    return expression


def check_new(pattern: str, match: str) -> None:
    """As `check`, and reject regular expressions that are slow on some texts."""
    check(pattern, match)
    if match == RE2:
        check_time(pattern)


def check_time(pattern: str) -> None:
    """Raise BadPattern for a regular expression that is slow on some texts: RE2 tracks each place where a
    match may have begun, and repetitions of what matches anything make many of these."""
    for probe in _probes(_folded_expression(pattern)):
        usual = max(_search_seconds("0123456789", probe), _MIN_SECONDS)
        if _search_seconds(pattern, probe) > _MAX_SLOWDOWN * usual:
            text = gettext_noop("The expression takes too long on some texts. Repeat less in it.")
            raise BadPattern(text)


def _probes(pattern: str) -> Iterator[str]:
    """Yield texts of the expression's letters in random order: one with all of them, one without the last."""
    letters = sorted({character for character in pattern if character.isalnum()}) or ["a"]
    picked = random.Random(1)
    for some in (letters, letters[:-1]):
        yield "".join(picked.choices([*some, "~"], k=_PROBE_CHARACTERS))


def _search_seconds(pattern: str, text: str) -> float:
    """Return the processor time of a search: the smaller of two. Each uses a newly compiled expression."""
    return min(_search_times(pattern, text))


def _search_times(pattern: str, text: str) -> Iterator[float]:
    for _ in range(2):
        expressions = _set_of([pattern])
        begun = time.thread_time()
        expressions.Match(text)
        yield time.thread_time() - begun


def _error_text(error: Exception) -> str:
    (reason, *_) = error.args
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _options(memory: int) -> re2.Options:
    options = re2.Options()
    options.max_mem = memory
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    return options


def _folded_expression(pattern: str) -> str:
    """Fold the expression like texts, except ASCII characters, which may have a meaning in it."""
    folded, is_in_class = [], False
    for token in _TOKENS.findall(pattern):
        if token.startswith("\\Q"):
            folded.append("".join(map(fold_letters, token[2:].removesuffix("\\E"))).join(("\\Q", "\\E")))
            continue
        if is_in_class and len(token) == len("a-z") and token[1] == "-":
            folded.append(_range(token[0], token[2]))
            continue
        folded += [character if character.isascii() else _quoted(character) for character in token]
        is_in_class = token != "]" if is_in_class else token.startswith("[")
    return "".join(folded)


def _range(first: str, last: str) -> str:
    """Return the range of a class as folded texts have it."""
    if first > last or not (_is_chinese(first) and _is_chinese(last)):
        return f"{_quoted(first)}-{_quoted(last)}"
    among = range(ord(first), ord(last) + 1)
    simplified = {fold_letters(chr(code)) for code in SIMPLIFIED if code in among}
    return f"{first}-{last}" + "".join(
        sorted(character for character in simplified if ord(character) not in among)
    )


def _is_chinese(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK ")


def _quoted(character: str) -> str:
    folded = fold_letters(character)
    is_sign = len(folded) == 1 and folded.isascii() and not folded.isalnum()
    return f"\\{folded}" if is_sign else folded


class Phrases:
    """Literal patterns and whole words, all matched in one search."""

    def __init__(self, patterns: Mapping[int, tuple[str, str]]) -> None:
        squeezed: dict[str, list[int]] = defaultdict(list)
        exact: dict[str, list[int]] = defaultdict(list)
        self._words: dict[int, frozenset[int]] = {}
        for key, (pattern, match) in patterns.items():
            folded = fold(pattern.strip())
            spaced = folded.spaced
            if is_letter(spaced[0]) and is_letter(spaced[-1]):
                squeezed[folded.squeezed].append(key)
            else:
                exact[spaced].append(key)
            if match == WORD:
                self._words[key] = frozenset(_gaps(folded.spaced_indexes()))
        self._squeezed = _Automaton(squeezed) if squeezed else None
        self._exact = _Automaton(exact) if exact else None

    def find(self, folded: Folded) -> HitsInSteps:
        """Yield all matches, and None between steps. Fast if there are none."""
        if self._squeezed and (occurrences := self._squeezed.find(folded.squeezed)):
            yield from self._accepted(folded, self._squeezed, occurrences)
        yield None
        if self._exact and (occurrences := self._exact.find(folded.spaced)):
            yield from self._accepted_exactly(folded, self._exact, occurrences)

    def _accepted(
        self, folded: Folded, automaton: "_Automaton", occurrences: "list[_Occurrence]"
    ) -> HitsInSteps:
        spaced, budget = folded.spaced, _LetterBudget(folded)
        for count, (number, start, end) in enumerate(occurrences[:_MAX_PLACES]):
            if count % _PLACES_PER_STEP == 0:
                yield None
            if not (pending := budget.unreported(automaton.keys[number])):
                continue
            first, last = folded.spaced_index(start), folded.spaced_index(end - 1)
            is_apart = _has_word_edges(spaced, first, last)
            is_unbroken = last - first == end - 1 - start
            keys = [key for key in pending if is_apart or (is_unbroken and key not in self._words)]
            if not keys:
                continue
            if not budget.take(end - start):
                yield from budget.report_rest(keys, first)
                continue
            places = folded.spaced_indexes(start, end)
            gaps = frozenset(_gaps(places))
            keys = [key for key in keys if self._is_match(key, spaced, places, gaps)]
            spans = [folded.span(*run) for run in consecutive_runs(places)] if keys else []
            yield from (Hit(key, spans) for key in keys)
        yield None
        for keys, start in automaton.first_of_each(occurrences, _MAX_PLACES):
            yield from budget.report_rest(keys, folded.spaced_index(start))

    def _accepted_exactly(
        self, folded: Folded, automaton: "_Automaton", occurrences: "list[_Occurrence]"
    ) -> HitsInSteps:
        budget = _LetterBudget(folded)
        for count, (number, start, end) in enumerate(occurrences[:_MAX_PLACES]):
            if count % _PLACES_PER_STEP == 0:
                yield None
            if not (pending := budget.unreported(automaton.keys[number])):
                continue
            is_apart = _has_word_edges(folded.spaced, start, end - 1)
            keys = [key for key in pending if is_apart or key not in self._words]
            if not keys:
                continue
            if not budget.take(end - start):
                yield from budget.report_rest(keys, start)
                continue
            spans = [folded.span(start, end - 1)]
            yield from (Hit(key, spans) for key in keys)
        yield None
        for keys, start in automaton.first_of_each(occurrences, _MAX_PLACES):
            yield from budget.report_rest(keys, start)

    def _is_match(self, key: int, spaced: str, places: list[int], gaps: frozenset[int]) -> bool:
        """Return whether the gaps between the letters are allowed; for phrases, all are."""
        if key not in self._words:
            return True
        odd = {gap for gap in gaps - self._words[key] if not _is_between_unspaced(spaced, places, gap)}
        # All letters are separated, or the gaps are those of the pattern.
        return not odd or len(gaps) == len(places) - 1


class _LetterBudget:
    """Limits how many letters of matches in a text are located exactly."""

    def __init__(self, folded: Folded) -> None:
        self._folded = folded
        self._letters = _MAX_LETTERS
        self._reported: set[int] = set()

    def unreported(self, keys: list[int]) -> list[int]:
        """Return the keys that `report_rest` has not reported yet."""
        return [key for key in keys if key not in self._reported] if self._reported else keys

    def take(self, letters: int) -> bool:
        """Return whether this many more letters may be located; the first phrase always may."""
        is_first, self._letters = self._letters == _MAX_LETTERS, self._letters - letters
        return is_first or self._letters >= 0

    def report_rest(self, keys: Iterable[int], first: int) -> Iterator[Hit]:
        """Report the rest of the text from `first` on as a match, once for each key."""
        if new := [key for key in keys if key not in self._reported]:
            self._reported.update(new)
            span = self._folded.span(first, len(self._folded.spaced) - 1)
            yield from (Hit(key, [span]) for key in new)


# The pattern's number, and where it begins and ends.
_Occurrence = tuple[int, int, int]


class _Automaton:
    """Searches many patterns at once. `patterns`: with the keys of their rules. `keys`: the same, by the
    number of the pattern."""

    def __init__(self, patterns: Mapping[str, list[int]]) -> None:
        self.keys = list(patterns.values())
        self._find = AhoCorasick(list(patterns)).find_matches_as_indexes

    def find(self, text: str) -> list[_Occurrence]:
        occurrences: list[_Occurrence] = self._find(text, overlapping=True)
        return occurrences

    def first_of_each(self, occurrences: Sequence[_Occurrence], after: int) -> list[tuple[list[int], int]]:
        """Return each pattern's keys and first start among the occurrences after the first `after` ones."""
        first = {number: start for number, start, _ in reversed(occurrences[after:])}
        return [(self.keys[number], start) for number, start in first.items()]


def _gaps(places: Sequence[int]) -> Iterator[int]:
    """Yield the numbers of the letters after which there is a gap."""
    return (number for number, (place, other) in enumerate(pairwise(places)) if other > place + 1)


def _has_word_edges(spaced: str, first: int, last: int) -> bool:
    """Return whether a word begins at `first` and ends at `last`."""
    return _is_edge(spaced, first) and _is_edge(spaced, last + 1)


def _is_edge(spaced: str, place: int) -> bool:
    if place == 0 or place == len(spaced):
        return True
    before, after = spaced[place - 1], spaced[place]
    return not (is_letter(before) and is_letter(after)) or is_unspaced(before) or is_unspaced(after)


def _is_between_unspaced(spaced: str, places: Sequence[int], gap: int) -> bool:
    return is_unspaced(spaced[places[gap]]) or is_unspaced(spaced[places[gap + 1]])


class Expressions:
    """Regular expressions, first searched for together in one pass."""

    def __init__(self, patterns: Mapping[int, str]) -> None:
        self._keys = list(patterns)
        self._expressions = [compiled(pattern) for pattern in patterns.values()]
        self._all = _set_of(patterns.values()) if patterns else None

    def __bool__(self) -> bool:
        return self._all is not None

    def find(self, folded: Folded) -> list[Hit]:
        """Return all matches. Fast if there are none. RE2 releases the interpreter lock."""
        if self._all is None:
            return []
        numbers = self._all.Match(folded.spaced) or ()
        matches = ((number, _spans(self._expressions[number], folded)) for number in numbers)
        return [Hit(self._keys[number], spans) for number, spans in matches if spans]


def _set_of(patterns: Iterable[str]) -> re2.Set:
    expressions = re2.Set.SearchSet(_options(_COMBINED_MEMORY))
    for pattern in patterns:
        expressions.Add(_folded_expression(pattern))
    expressions.Compile()
    return expressions


def _spans(expression: Any, folded: Folded) -> list[Span]:
    """Return where the expression matches. Beyond the limits, the rest of the text is one match."""
    spans: list[Span] = []
    spaced = folded.spaced
    room = _MAX_SEARCHED
    for count, match in enumerate(expression.finditer(spaced)):
        start, end = match.span()
        room -= len(spaced) - start
        if room < 0 or count >= _MAX_MATCHES:
            return [*spans, folded.span(start, len(spaced) - 1)]
        if end > start:
            spans.append(folded.span(start, end - 1))
    return spans
