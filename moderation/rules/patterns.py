"""What rules look for: phrases, whole words, regular expressions. Pure.

A phrase is found although spaces or signs stand between its letters. But then it must begin and end where a
word does: "se x" is found, "these xylophones" is not. In scripts without spaces, that is anywhere.
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
from moderation.rules.fold import Folded, fold, runs
from moderation.rules.hanzi import SIMPLIFIED
from moderation.rules.hosts import host_of

LITERAL, WORD, RE2, HOST = MATCHES = ("literal", "word", "re2", "host")

MAX_CHARACTERS = {LITERAL: 200, WORD: 200, RE2: 1000, HOST: 300}
# So much memory a regular expression may take, and all of them together in the first search.
_MEMORY, _MEMORY_OF_ALL = 2 * 1024 * 1024, 64 * 1024 * 1024
_MAX_INSTRUCTIONS = 10_000
# On texts of its own letters, an expression takes so many times as long as a simple one: 60 ms for 64 KB.
_MAX_TIMES_A_SIMPLE_ONE, _LEAST_SECONDS, _PROBE_CHARACTERS = 500, 0.000_03, 16 * 1024
# Of all places where the letters of a phrase stand, so many are looked at, and of those in which it is found,
# so many letters. A text that has more is made to have them.
_MAX_PLACES, _MAX_LETTERS = 2000, 300
# After so many of these places, others may have the interpreter.
_MAX_PLACES_AT_ONCE = 250
# An expression is searched for so many matches. To find them, so many characters may be read: each search may
# read all of the rest.
_MAX_MATCHES, _MAX_SEARCHED = 300, 1_000_000

# In an expression: quoted text, an escape, where a class begins, a range that is not ASCII, or a character.
_TOKENS = re.compile(r"\\Q.*?(?:\\E|$)|\\.|\[:\^?\w+:\]|\[\^?\]?|[^\x00-\x7f]-[^\x00-\x7f]|.", re.DOTALL)

Span = tuple[int, int]


class BadPattern(Failed):
    """The pattern cannot be looked for."""

    name, field = Name.INVALID, "pattern"


class Hit(NamedTuple):
    """`key`: whose pattern. `spans`: parts of the text, in which it was found."""

    key: int
    spans: list[Span]


# What is found, and None between steps of a millisecond or two each.
HitsInSteps = Iterator[Hit | None]


def check(pattern: str, match: str) -> None:
    """Raises BadPattern."""
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
    """The regular expression, for folded texts. Raises BadPattern."""
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
    """As `check`. A regular expression may not take long on any text either."""
    check(pattern, match)
    if match == RE2:
        check_time(pattern)


def check_time(pattern: str) -> None:
    """Raises BadPattern for a regular expression that takes long on some texts: RE2 keeps in mind each place
    where a match may have begun, and repetitions of what matches anything make many of these."""
    for probe in _probes(_folded_expression(pattern)):
        usual = max(_seconds("0123456789", probe), _LEAST_SECONDS)
        if _seconds(pattern, probe) > _MAX_TIMES_A_SIMPLE_ONE * usual:
            text = gettext_noop("The expression takes too long on some texts. Repeat less in it.")
            raise BadPattern(text)


def _probes(pattern: str) -> Iterator[str]:
    """Texts in which the letters of the expression follow each other without any order, but for one."""
    letters = sorted({character for character in pattern if character.isalnum()}) or ["a"]
    picked = random.Random(1)
    for some in (letters, letters[:-1]):
        yield "".join(picked.choices([*some, "~"], k=_PROBE_CHARACTERS))


def _seconds(pattern: str, text: str) -> float:
    """The processor time of a search, the least of two. Each is the first with that text."""
    return min(_each_time(pattern, text))


def _each_time(pattern: str, text: str) -> Iterator[float]:
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
    """The expression as folded texts are: what is ASCII in it already may have a meaning there."""
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
    """In a class, all characters from one to the other, as folded texts have them."""
    if first > last or not (_is_chinese(first) and _is_chinese(last)):
        return f"{_quoted(first)}-{_quoted(last)}"
    among = range(ord(first), ord(last) + 1)
    simplified = {fold_letters(chr(code)) for code in SIMPLIFIED if code in among}
    return f"{first}-{last}" + "".join(sorted(one for one in simplified if ord(one) not in among))


def _is_chinese(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK ")


def _quoted(character: str) -> str:
    folded = fold_letters(character)
    is_sign = len(folded) == 1 and folded.isascii() and not folded.isalnum()
    return f"\\{folded}" if is_sign else folded


class Phrases:
    """Literal and whole words: all are looked for at once."""

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
                self._words[key] = frozenset(_gaps(folded.letters()))
        self._squeezed = _Automaton(squeezed) if squeezed else None
        self._exact = _Automaton(exact) if exact else None

    def find(self, folded: Folded) -> HitsInSteps:
        """All that is found. Quick, if that is nothing."""
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
            if count % _MAX_PLACES_AT_ONCE == 0:
                yield None
            if not (pending := budget.left(automaton.keys[number])):
                continue
            first, last = folded.letter(start), folded.letter(end - 1)
            is_apart = _is_apart(spaced, first, last)
            is_unbroken = last - first == end - 1 - start
            keys = [key for key in pending if is_apart or (is_unbroken and key not in self._words)]
            if not keys:
                continue
            if not budget.take(end - start):
                yield from budget.rest(keys, first)
                continue
            places = folded.letters(start, end)
            gaps = frozenset(_gaps(places))
            keys = [key for key in keys if self._is_match(key, spaced, places, gaps)]
            spans = [folded.span(*run) for run in runs(places)] if keys else []
            yield from (Hit(key, spans) for key in keys)
        yield None
        for keys, start in automaton.first_of_each(occurrences, _MAX_PLACES):
            yield from budget.rest(keys, folded.letter(start))

    def _accepted_exactly(
        self, folded: Folded, automaton: "_Automaton", occurrences: "list[_Occurrence]"
    ) -> HitsInSteps:
        budget = _LetterBudget(folded)
        for count, (number, start, end) in enumerate(occurrences[:_MAX_PLACES]):
            if count % _MAX_PLACES_AT_ONCE == 0:
                yield None
            if not (pending := budget.left(automaton.keys[number])):
                continue
            is_apart = _is_apart(folded.spaced, start, end - 1)
            keys = [key for key in pending if is_apart or key not in self._words]
            if not keys:
                continue
            if not budget.take(end - start):
                yield from budget.rest(keys, start)
                continue
            spans = [folded.span(start, end - 1)]
            yield from (Hit(key, spans) for key in keys)
        yield None
        for keys, start in automaton.first_of_each(occurrences, _MAX_PLACES):
            yield from budget.rest(keys, start)

    def _is_match(self, key: int, spaced: str, places: list[int], gaps: frozenset[int]) -> bool:
        """Whether a phrase is found that begins and ends where it must."""
        if key not in self._words:
            return True
        odd = {gap for gap in gaps - self._words[key] if not _is_between_unspaced(spaced, places, gap)}
        # Letter by letter, or as the pattern has it.
        return not odd or len(gaps) == len(places) - 1


class _LetterBudget:
    """How many letters of phrases that are found in a text are still looked at."""

    def __init__(self, folded: Folded) -> None:
        self._folded = folded
        self._letters = _MAX_LETTERS
        self._reported: set[int] = set()

    def left(self, keys: list[int]) -> list[int]:
        """Those of which `rest` has not told all."""
        return [key for key in keys if key not in self._reported] if self._reported else keys

    def take(self, letters: int) -> bool:
        """Whether so many more are; the first phrase always is."""
        is_first, self._letters = self._letters == _MAX_LETTERS, self._letters - letters
        return is_first or self._letters >= 0

    def rest(self, keys: Iterable[int], first: int) -> Iterator[Hit]:
        """What is found and no more looked at: all from its first place on, once for each key."""
        if new := [key for key in keys if key not in self._reported]:
            self._reported.update(new)
            span = self._folded.span(first, len(self._folded.spaced) - 1)
            yield from (Hit(key, [span]) for key in new)


# Which pattern, and where it begins and ends.
_Occurrence = tuple[int, int, int]


class _Automaton:
    """`patterns`: and whose they are. `keys`: whose each pattern is, by its number."""

    def __init__(self, patterns: Mapping[str, list[int]]) -> None:
        self.keys = list(patterns.values())
        self._find = AhoCorasick(list(patterns)).find_matches_as_indexes

    def find(self, text: str) -> list[_Occurrence]:
        occurrences: list[_Occurrence] = self._find(text, overlapping=True)
        return occurrences

    def first_of_each(self, occurrences: Sequence[_Occurrence], after: int) -> list[tuple[list[int], int]]:
        """Of each pattern, the first place among those that come later, and whose it is."""
        first = {number: start for number, start, _ in reversed(occurrences[after:])}
        return [(self.keys[number], start) for number, start in first.items()]


def _gaps(places: Sequence[int]) -> Iterator[int]:
    """After which of the letters something stands."""
    return (number for number, (one, other) in enumerate(pairwise(places)) if other > one + 1)


def _is_apart(spaced: str, first: int, last: int) -> bool:
    """Whether a word begins at the first and ends at the last."""
    return _is_edge(spaced, first) and _is_edge(spaced, last + 1)


def _is_edge(spaced: str, place: int) -> bool:
    if place == 0 or place == len(spaced):
        return True
    before, after = spaced[place - 1], spaced[place]
    return not (is_letter(before) and is_letter(after)) or is_unspaced(before) or is_unspaced(after)


def _is_between_unspaced(spaced: str, places: Sequence[int], gap: int) -> bool:
    return is_unspaced(spaced[places[gap]]) or is_unspaced(spaced[places[gap + 1]])


class Expressions:
    """Regular expressions: whether any matches is asked once for all."""

    def __init__(self, patterns: Mapping[int, str]) -> None:
        self._keys = list(patterns)
        self._expressions = [compiled(pattern) for pattern in patterns.values()]
        self._all = _set_of(patterns.values()) if patterns else None

    def __bool__(self) -> bool:
        return self._all is not None

    def find(self, folded: Folded) -> list[Hit]:
        """All that is found. Quick, if that is nothing. RE2 does not hold the interpreter."""
        if self._all is None:
            return []
        numbers = self._all.Match(folded.spaced) or ()
        matches = ((number, _spans(self._expressions[number], folded)) for number in numbers)
        return [Hit(self._keys[number], spans) for number, spans in matches if spans]


def _set_of(patterns: Iterable[str]) -> re2.Set:
    expressions = re2.Set.SearchSet(_options(_MEMORY_OF_ALL))
    for pattern in patterns:
        expressions.Add(_folded_expression(pattern))
    expressions.Compile()
    return expressions


def _spans(expression: Any, folded: Folded) -> list[Span]:
    """Where the expression matches. If that takes too long, the rest of the text counts as one match."""
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
