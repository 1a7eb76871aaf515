"""Which media the shipped apps can show. tests/support/corpus.py has more, for both apps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol.kinds import VERBS
from chat.protocol.media import is_showable
from testkit.app_rules import BRANCHES, HARMFUL_OUTCOMES, extension
from tests.support.corpus import code

pieces = st.sampled_from(
    ["-", ".", "/", "x", "0", "3", "-1x1.", "9" * 9, "=", "+", "\u0301", "\u200d", "汉", " ", "\n", "٣"]
)
tricky = st.lists(pieces, max_size=8).map("".join)
contents = tricky | tricky.map(code) | tricky.map(lambda path: code(path).rstrip("=")) | st.text()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("text", "anything"),
        ("audio", "http://h/a-3.mp3"),
        ("audio", "http://h/a-999999999.mp3"),
        ("picture", "http://h/a-1x1.jpg"),
        ("picture", "http://h/a-99999x1.jpg"),
        ("video", "http://h/a-1x1.mp4"),
        ("emotion", code("1/2/abc-240x240.gif")),
        ("emotion", "表情编码"),
    ],
)
def test_supported_media_are_showable(kind: str, content: str) -> None:
    assert is_showable(kind, content)


@pytest.mark.promise("apps-2")
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("audio", "http://my-host/a-3.mp3"),
        ("audio", "a-+3.mp3"),
        ("audio", "a-٣.mp3"),
        ("picture", "http://my-host/a"),
        ("picture", "http://h/a.jpg"),
        ("picture", "http://h/b-a-3.jpg"),
        ("picture", "http://h/a-0x0.jpg"),
        ("picture", "http://h/a-0x5.jpg"),
        ("picture", "http://h/a-5x0.jpg"),
        ("picture", "http://h/a-2147483648x1.jpg"),
        ("video", "a.mp"),
        ("video", "http://h/a.mp4"),
        ("picture", "a-1x1.\u200djpg"),
        ("picture", "a-1x1.\U0001f3fbjpg"),
        ("emotion", code("a/b/c.png")),
        ("emotion", code("a/b/cd.png") + "-9j-"),
    ],
)
def test_media_that_crash_an_app_are_not_showable(kind: str, content: str) -> None:
    assert not is_showable(kind, content)


def test_media_that_an_app_leaves_blank_are_not_showable() -> None:
    assert not is_showable("emotion", "~smile")


@pytest.mark.promise("apps-2")
@given(st.sampled_from(sorted(VERBS)), contents)
def test_showable_media_harm_no_app(kind: str, content: str) -> None:
    if is_showable(kind, content) and "_" not in content and "\0" not in content:
        frame = f"{kind}_alice_{content}_unicast_alice_1_{extension('Alice')}"
        for app in BRANCHES.values():
            assert not isinstance(app(frame), HARMFUL_OUTCOMES)
