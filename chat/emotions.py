"""The names of the web client's emotions, for the shipped apps, which do not have their pictures."""

import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from django.contrib.staticfiles import finders
from django.utils.translation import get_language

from chat.protocol.kinds import CHINESE, ENGLISH, LANGUAGES

_LIST = "im66/emotions/emotions.json"


def active_language() -> str:
    """Return the active language of Django's `gettext` as one of `chat.protocol.kinds.LANGUAGES`."""
    return CHINESE if (get_language() or "").startswith("zh") else ENGLISH


def emotion_name(code: str, language: str) -> str | None:
    """Return the name of the emotion with this code; None if there is no such emotion."""
    names = _emotions().get(code)
    return None if names is None else names[language]


def emotion_labeler(language: str) -> Callable[[str], str]:
    """Return the function that turns the code of an emotion into its name in brackets, or the code if it has
    no name. It is the same function for each call with the same language."""
    return _LABELERS[language]


def _label(language: str, code: str) -> str:
    return f"[{emotion_name(code, language) or code.removeprefix('~')}]"


_LABELERS = {language: partial(_label, language) for language in LANGUAGES}


@cache
def _emotions() -> dict[str, dict[str, str]]:
    path = finders.find(_LIST)
    assert path, "the list is a static file of ours"
    return {emotion["code"]: emotion for emotion in json.loads(Path(path).read_text())}
