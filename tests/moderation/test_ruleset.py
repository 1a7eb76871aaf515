"""What happens to a text under all rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.rules.fold import fold
from moderation.rules.patterns import HOST
from moderation.rules.ruleset import BLOCK, FLAG, GROUP, GROUPS, HOLD, MASK, PERSONS, Decision, Ruleset, Spec

PEOPLE = "bob"
GROUP_ID = 10


def test_ruleset_passes_masks_or_blocks_text() -> None:
    rules = Ruleset([Spec(1, "spam", "literal", MASK), Spec(2, "敏感词", "literal", BLOCK)])
    assert len(rules) == 2
    assert rules.check("hello", PEOPLE) is None
    assert rules.check("No SPAM here", PEOPLE) == Decision(MASK, "No **** here", (1,))
    assert rules.check("敏 感 词", GROUP_ID) == Decision(BLOCK, "敏 感 词", (2,))


def test_the_strongest_effect_wins() -> None:
    rules = [Spec(1, "one", "word", MASK), Spec(2, "two", "word", HOLD), Spec(3, "three", "re2", BLOCK)]
    decision = Ruleset([*rules, Spec(4, "one", "word", FLAG)])
    assert decision.check("one two three", PEOPLE) == Decision(BLOCK, "one two three", (3,))
    assert decision.check("one two", PEOPLE) == Decision(HOLD, "one two", (2,))
    assert decision.check("one", PEOPLE) == Decision(MASK, "***", (1,))


def test_masks_apply_together() -> None:
    rules = Ruleset(
        [Spec(1, "ab", "literal", MASK), Spec(2, "bc", "literal", MASK), Spec(3, "[0-9]+", "re2", MASK)]
    )
    assert rules.check("abc 12", PEOPLE) == Decision(MASK, "*** **", (1, 2, 3))


@pytest.mark.parametrize(
    ("pattern", "text", "masked"),
    [
        ("casino", "a CASIΝO", "a ******"),  # a Greek Ν
        ("casino", "a САЅІΝО", "a ******"),  # no Latin letter at all
        ("casino", "a Ϲasino", "a ******"),
        ("viagra", "νiagra", "******"),
        ("casino", "casiηo", "******"),
        ("казино", "кaзинo! КАЗИНО", "******! ******"),  # a Latin a and o, between Cyrillic letters
        ("ναι", "Nαι ΝΑΙ", "*** ***"),
        ("发财", "發財 發财", "** **"),
        ("賭場", "赌场，澳門賭場", "**，澳門**"),
        ("[一-龥]{2}8", "發財8", "***"),
        ("[一-龍]财", "發財", "**"),
    ],
)
def test_letters_of_other_scripts_match(pattern: str, text: str, masked: str) -> None:
    match = "re2" if "[" in pattern else "literal"
    decision = Ruleset([Spec(1, pattern, match, MASK)]).check(text, PEOPLE)
    assert (decision.text if decision else text) == masked


@pytest.mark.parametrize("innocent", ["Сознание", "наука о вине", "это ничего", "Ναύπλιο", "今後の予定"])
def test_foreign_words_match_no_latin_rule(innocent: str) -> None:
    words = enumerate(("casino", "porn", "nine", "sex"))
    assert Ruleset([Spec(n, word, "literal", BLOCK) for n, word in words]).check(innocent, PEOPLE) is None


def test_flags_do_not_decide_about_text() -> None:
    rules = Ruleset([Spec(1, "spam", "literal", FLAG), Spec(2, "spam", "literal", FLAG, GROUPS)])
    assert rules.check("spam", PEOPLE) is None
    assert rules.flags("spam", PEOPLE) == (1,)
    assert rules.flags("spam", GROUP_ID) == (1, 2)
    assert rules.flags("ham", GROUP_ID) == ()
    assert Ruleset([]).flags("spam", PEOPLE) == ()


@pytest.mark.parametrize(
    ("scope", "group", "places"),
    [
        ("everywhere", None, [PEOPLE, 10, 11]),
        (PERSONS, None, [PEOPLE]),
        (GROUPS, None, [10, 11]),
        (GROUP, 10, [10]),
    ],
)
def test_rules_apply_within_their_scope(scope: str, group: int | None, places: list[str | int]) -> None:
    rules = Ruleset([Spec(1, "spam", "literal", BLOCK, scope, group)])
    assert [place for place in (PEOPLE, 10, 11) if rules.check("spam", place)] == places


def test_broken_rule_does_not_disable_others() -> None:
    rules = Ruleset([Spec(1, "(", "re2", BLOCK), Spec(2, "spam", "literal", BLOCK)])
    assert set(rules.broken) == {1}
    assert rules.check("spam", PEOPLE) == Decision(BLOCK, "spam", (2,))


PATTERNS = ("spam", "敏感词", "c++", "é", "🍆", "한", "ガ")
RULES = Ruleset([Spec(number, pattern, "literal", MASK) for number, pattern in enumerate(PATTERNS)])
WRITTEN = st.sampled_from(
    [*PATTERNS, "s p a m", "敏\u200b感词", "ＳＰＡＭ", "ｶﾞ", "e\u0301", "k", "\u0301", " ", "，", "👨\u200d"]
)
TEXTS = st.lists(WRITTEN | st.text(max_size=6), max_size=10).map("".join)


@given(TEXTS)
def test_masking_changes_only_what_matched(text: str) -> None:
    decision = RULES.check(text, PEOPLE)
    now = text if decision is None else decision.text
    assert len(now) == len(text)
    assert all(new in (old, "*") for new, old in zip(now, text, strict=True))
    if decision is not None:
        assert now != text
        folded = fold(text)
        assert any(pattern in folded.spaced + folded.squeezed for pattern in map(_folded, PATTERNS))


@given(TEXTS)
def test_mask_leaves_no_match(text: str) -> None:
    decision = RULES.check(text, PEOPLE)
    now = fold(text if decision is None else decision.text).spaced
    assert not [pattern for pattern in map(_folded, PATTERNS) if pattern in now]


@given(st.text(max_size=20), st.text(max_size=20))
def test_mask_keeps_surrounding_text(before: str, after: str) -> None:
    """Apart from marks, that belong to the character before them."""
    decision = Ruleset([Spec(1, "敏感词", "literal", MASK)]).check(f"{before}。敏感词。{after}", PEOPLE)
    assert decision is not None
    if "敏" not in before + after:
        assert decision.text == f"{before}。***。{after}"


def _folded(pattern: str) -> str:
    return fold(pattern).spaced


def test_host_rules_match_link_spellings() -> None:
    rules = Ruleset([Spec(1, "https://evil.example/", HOST, BLOCK), Spec(2, "万事.例子", HOST, BLOCK)])
    decision = [
        "EVIL.example",
        "see http://a.b.evil.example:80/x?y",
        "ｅｖｉｌ．example",
        "evil。example",
        "e\u0301vil.example",
    ]
    decision += ["me@evil.example", "//evil.example.", "http://萬事.例子/", "http://xn--1lqs71d.evil.example"]
    decision += ["打开evil.example看", "evil.example。看"]
    decision += ["x" * 20_000 + " evil.example"]
    assert [text for text in decision if rules.check(text, "bob") is None] == []
    other = [
        "notevil.example",
        "evil.example.org",
        "my-evil.example",
        "evil example",
        "evil",
        "a..b",
        "." * 20_000,
    ]
    assert [text for text in other if rules.check(text, "bob") is not None] == []


def test_host_rule_with_an_invalid_host_is_broken() -> None:
    for pattern in ("evil", "a b.example", "https://", ".example", "a" * 300 + ".example"):
        assert Ruleset([Spec(1, pattern, HOST, BLOCK)]).broken, pattern


def test_host_is_masked_completely() -> None:
    decision = Ruleset([Spec(1, "evil.example", HOST, MASK)]).check("at www.evil.example/x", "bob")
    assert decision
    assert decision.text == "at ****************/x"
