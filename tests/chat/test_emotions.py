"""What the emotions of the web are called for clients without pictures of them."""

import pytest

from chat.emotions import emotion_labeler, emotion_name
from chat.protocol.kinds import CHINESE, ENGLISH


def test_an_emotion_has_a_name_in_each_language() -> None:
    assert (emotion_name("~smile", CHINESE), emotion_name("~smile", ENGLISH)) == ("微笑", "Smile")
    assert emotion_name("~frown", ENGLISH) is None


@pytest.mark.parametrize(
    ("code", "text"), [("~thumbsup", "[Thumbs up]"), ("~frown", "[frown]"), ("~", "[]"), ("~a_b", "[a_b]")]
)
def test_a_text_has_the_name_in_brackets_or_else_the_code(code: str, text: str) -> None:
    assert emotion_labeler(ENGLISH)(code) == text


def test_the_same_language_has_the_same_function() -> None:
    """Else no two connections would share what is encoded."""
    assert emotion_labeler(CHINESE) is emotion_labeler(CHINESE)
