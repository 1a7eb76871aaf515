"""What rules look for, and what is found."""

import time

import pytest

from moderation.rules.fold import Folded, fold
from moderation.rules.patterns import (
    LITERAL,
    MAX_CHARACTERS,
    RE2,
    WORD,
    BadPattern,
    Expressions,
    Hit,
    Phrases,
    check,
    check_time,
)


def hits_of(rules: Phrases | Expressions, folded: Folded) -> list[Hit]:
    return [hit for hit in rules.find(folded) if hit]


def matches_of(pattern: str, match: str, text: str) -> list[str]:
    """The parts of the text that match."""
    rules = Expressions({1: pattern}) if match == RE2 else Phrases({1: (pattern, match)})
    return ["".join(text[start:end] for start, end in hit.spans) for hit in hits_of(rules, fold(text))]


def test_literals_words_and_expressions_match_texts() -> None:
    assert matches_of("敏感词", LITERAL, "这是敏感词吗") == ["敏感词"]
    assert matches_of("cat", WORD, "The cat is concatenated") == ["cat"]
    assert matches_of("1[3-9][0-9]{9}", RE2, "call 13800138000 now") == ["13800138000"]


def test_chinese_evasions_match() -> None:
    spaced = ["敏 感 词", "敏-感-词", "敏感 词", "敏\n感\n词", "我敏　感　词你", "敏\u200b感\u200b词"]
    marked = ["敏😀感😀词", "敏，感。词", "敏★感★词", "(敏)(感)(词)", "敏\u0336感\u0336词\u0336", "㊙敏感词"]
    unseen = str.maketrans("", "", "\u200b\u0336")
    for match in (LITERAL, WORD):
        for text in spaced + marked:
            assert [part.translate(unseen) for part in matches_of("敏感词", match, text)] == ["敏感词"], text


def test_latin_evasions_match() -> None:
    spaced = ["s p a m", "S.P.A.M!", "s\u200bpam", "s_p_a_m", "buy s-p-a-m", "加s p a m群"]
    of_others = ["ＳＰＡＭ", "sPaM", "ѕрат spаm", "𝓼𝓹𝓪𝓶", "spám", "s\u0336p\u0336a\u0336m", "🅂🄿🄰🄼"]
    for match in (LITERAL, WORD):
        assert [text for text in spaced + of_others if not matches_of("spam", match, text)] == [], match


@pytest.mark.parametrize(
    ("pattern", "match", "text"),
    [
        ("sex", LITERAL, "these xylophones"),
        ("ass", LITERAL, "it was so"),
        ("spam", WORD, "spammers"),
        ("spam", WORD, "antispam"),
        ("ass", WORD, "class"),
        ("now here", WORD, "nowheres"),
        ("c++", LITERAL, "c is a letter"),
        ("hot", WORD, "ho to, h ot"),
        ("敏感词", LITERAL, "敏感的词"),
        (r"\d{11}", RE2, "1380013800"),
    ],
)
def test_harmless_texts_do_not_match(pattern: str, match: str, text: str) -> None:
    assert matches_of(pattern, match, text) == []


@pytest.mark.parametrize(
    ("pattern", "match", "text", "parts"),
    [
        ("buy now", WORD, "Buy  now!", ["Buynow"]),
        ("buy now", LITERAL, "buynow", ["buynow"]),
        ("c++", LITERAL, "C++ and C", ["C++"]),
        ("c++", WORD, "abc++", []),
        ("🍆", LITERAL, "a🍆b", ["🍆"]),
        ("http://", LITERAL, "see HTTP://x", ["HTTP://"]),
        ("ass", LITERAL, "class", ["ass"]),
        ("aa", LITERAL, "aaa", ["aa", "aa"]),
        ("СПАМ", LITERAL, "это спам", ["спам"]),
        ("微信", RE2, "加微信", ["微信"]),
        ("加，微信", RE2, "加,微信", ["加,微信"]),
        ("（微）", RE2, "(微)", ["(微)"]),
        ("SPAM", RE2, "ｓｐａｍ", ["ｓｐａｍ"]),
    ],
)
def test_patterns_match(pattern: str, match: str, text: str, parts: list[str]) -> None:
    assert matches_of(pattern, match, text) == parts


@pytest.mark.parametrize(
    ("pattern", "match", "reason"),
    [
        ("(a", RE2, "missing )"),
        ("(?=a)", RE2, "Not an expression of RE2"),
        ("a*", RE2, "empty text"),
        ("", RE2, "empty text"),
        ("(([a-z]{1,30}){1,30}){1,30}", RE2, "RE2"),
        ("", LITERAL, "can be seen"),
        (" \u200b ", WORD, "can be seen"),
        ("a", "glob", "no such kind"),
        ("x" * (MAX_CHARACTERS[LITERAL] + 1), LITERAL, "200 characters"),
    ],
)
def test_invalid_patterns_have_distinct_errors(pattern: str, match: str, reason: str) -> None:
    with pytest.raises(BadPattern, match=reason.replace(")", r"\)")):
        check(pattern, match)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a|a?)+b+$", "(.*a){20}c"])
def test_catastrophic_expression_matches_fast(pattern: str) -> None:
    rules, text = Expressions({1: pattern}), fold("a" * 65_536 + "!")
    began = time.process_time()
    assert not hits_of(rules, text)
    assert time.process_time() - began < 0.25


@pytest.mark.slow
def test_slow_expression_is_rejected_when_saved() -> None:
    for pattern in ("(.{1,30}q.{1,30}){3}z", ".{0,100}加.{0,100}群"):
        check(pattern, RE2)  # as one that was saved by an earlier version
        with pytest.raises(BadPattern, match="The expression takes too long on some texts"):
            check_time(pattern)
    for pattern in (
        "微.{0,10}信",
        "s.{0,20}m",
        r"https?://\S+",
        r"1[3-9]\d{9}",
        r"[\p{Han}]{1,20}x",
        "(.*a){20}c",
    ):
        check_time(pattern)


@pytest.mark.parametrize(
    ("pattern", "match"), [("a.*c|a", RE2), ("[a]", RE2), ("a", LITERAL), ("aa", WORD), ("a?a?a?a", LITERAL)]
)
def test_text_full_of_matches_is_matched_fast(pattern: str, match: str) -> None:
    text = "a" * 65_536
    began = time.process_time()
    matches_of(pattern, match, text)
    assert time.process_time() - began < 2


def test_many_matches_of_a_rule_hide_no_other_rule() -> None:
    rules = Phrases({1: ("spam", LITERAL), 2: ("坏蛋", LITERAL), 3: ("c++", LITERAL)})
    for filling in ("", "é"):
        text = "spam " * 5000 + filling + "坏蛋 c++"
        assert {hit.key for hit in hits_of(rules, fold(text))} == {1, 2, 3}
        spans = [span for hit in hits_of(rules, fold(text)) for span in hit.spans]
        assert max(end for _, end in spans) == len(text)


def test_text_beyond_the_match_limit_counts_as_match() -> None:
    (last,) = hits_of(Expressions({1: "a.*c|a"}), fold("a" * 65_536))
    assert last.spans[-1][1] == 65_536
    assert hits_of(Phrases({1: ("a", LITERAL)}), fold("a" * 65_536))[-1].spans[-1][1] == 65_536


def test_long_innocent_text_matches_no_phrase() -> None:
    phrases = Phrases({1: ("ass", WORD), 2: ("sex", LITERAL)})
    assert hits_of(phrases, fold("These xylophones in the class pass. " * 300)) == []


def test_match_limit_does_not_match_innocent_words() -> None:
    phrases = Phrases({1: ("spam", LITERAL), 2: ("ass", WORD), 3: ("ass", LITERAL)})
    text = "spam " * 200 + "class ass"
    assert {hit.key for hit in hits_of(phrases, fold(text[:-4]))} == {1, 3}
    assert {hit.key for hit in hits_of(phrases, fold(text))} == {1, 2, 3}


def test_range_of_traditional_characters_matches_simplified_ones() -> None:
    for text in ("萬", "万", "龍", "龙", "頭", "头"):
        assert matches_of("[萬-龍]", RE2, text) == [text]
        assert matches_of("[^萬-龍]", RE2, text) == []
    assert matches_of("[萬-龍]", RE2, "一") == []
    assert matches_of("[一-龥]+", RE2, "萬里abc") == ["萬里"]


def test_hyphen_outside_of_a_class_is_literal() -> None:
    for pattern in ("萬-龍", r"\[萬-龍", "[壹]萬-龍", "[[:alpha:]壹]萬-龍", "[]壹]萬-龍", r"\Q萬-龍\E"):
        text = pattern[: pattern.index("萬")].replace("[[:alpha:]壹]", "壹").replace("[]壹]", "壹")
        text = text.replace("[壹]", "壹").replace("\\Q", "").replace("\\", "")
        assert matches_of(pattern, RE2, f"{text}万-龙"), pattern
