"""What the emotions of the web are called, of which shipped apps have no pictures; and in which language."""

import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from django.contrib.staticfiles import finders
from django.utils.translation import get_language

from chat.protocol.kinds import CHINESE, ENGLISH, LANGUAGES

_LIST = "im66/emotions/emotions.json"


def active_language() -> str:
    """The one in which Django's `gettext` gives texts, as `chat.protocol.kinds` has it."""
    return CHINESE if (get_language() or "").startswith("zh") else ENGLISH


def emotion_name(code: str, language: str) -> str | None:
    """The name of the emotion with this code, in one of these languages; None if there is no such emotion."""
    names = _emotions().get(code)
    return None if names is None else names[language]


def emotion_labeler(language: str) -> Callable[[str], str]:
    """A function that makes a text of a code, the same for the same language: its name in brackets, as people
    write it. What has no name is called by its code."""
    return _LABELERS[language]


def _label(language: str, code: str) -> str:
    return f"[{emotion_name(code, language) or code.removeprefix('~')}]"


_LABELERS = {language: partial(_label, language) for language in LANGUAGES}


@cache
def _emotions() -> dict[str, dict[str, str]]:
    path = finders.find(_LIST)
    assert path, "the list is a static file of ours"
    return {emotion["code"]: emotion for emotion in json.loads(Path(path).read_text())}
