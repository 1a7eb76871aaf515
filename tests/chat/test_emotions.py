"""What the emotions of the web are called for clients without pictures of them."""

import pytest

from chat.emotions import name_of, namer
from chat.protocol.kinds import CHINESE, ENGLISH


def test_an_emotion_has_a_name_in_each_language() -> None:
    assert (name_of("~smile", CHINESE), name_of("~smile", ENGLISH)) == ("微笑", "Smile")
    assert name_of("~frown", ENGLISH) is None


@pytest.mark.parametrize(
    ("code", "text"), [("~thumbsup", "[Thumbs up]"), ("~frown", "[frown]"), ("~", "[]"), ("~a_b", "[a_b]")]
)
def test_a_text_has_the_name_in_brackets_or_else_the_code(code: str, text: str) -> None:
    assert namer(ENGLISH)(code) == text


def test_the_same_language_has_the_same_function() -> None:
    """Else no two connections would share what is encoded."""
    assert namer(CHINESE) is namer(CHINESE)
