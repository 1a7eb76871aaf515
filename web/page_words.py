"""The chat client's texts: their translations from the catalogues, and the English names of message kinds and
of settings.

Both are the same for all users, so they are cached files, not part of a page.
"""

import json
from pathlib import Path
from typing import Any

from django.utils.translation import gettext, ngettext, override

from chat.protocol.kinds import for_pages
from log import group_changes, group_choices, person_choices

# The page's name of each language, with Django's name.
LANGUAGES = {"zh": "zh-hans", "zh-hant": "zh-hant"}
# The page's texts, collected by `make messages`: each is a string, or a pair of singular and plural.
PAGE_TEXTS = Path(__file__).with_name("page_texts.json")
# The fields of `group_changes.WORDS` that the page needs.
_WORD_FIELDS = ("text", "by", "off", "you")


def translations(language: str) -> dict[str, str]:
    """Return the translations into one of LANGUAGES, by English text (the singular, of a pair)."""
    with override(LANGUAGES[language]):
        return dict(map(_translated, json.loads(PAGE_TEXTS.read_text())))


def _translated(text: str | list[str]) -> tuple[str, str]:
    return (text, gettext(text)) if isinstance(text, str) else (text[0], ngettext(text[0], text[1], 2))


def script() -> str:
    """Return the statement that must run before static/im66/chat/config.js."""
    words = {"kinds": _kinds(), "choices": _choices(), "words": _words(), "privacy": _privacy()}
    return f"globalThis.im66Words = {json.dumps(words, ensure_ascii=False, separators=(',', ':'))};\n"


def _kinds() -> dict[str, Any]:
    return {
        name: {field: value for field, value in kind.items() if field != "example"}
        for name, kind in for_pages().items()
    }


def _choices() -> list[dict[str, Any]]:
    fields = ("name", "off", "on", "part", "needs", "label")
    return [{name: getattr(choice, name) for name in fields} for choice in group_choices.CHOICES.values()]


def _words() -> dict[str, dict[str, Any]]:
    """Return the texts of group changes."""
    return {
        name: {
            **({"on": words.on} if words.on else {}),
            **{part: text for part in _WORD_FIELDS if (text := getattr(words, part))},
        }
        for name, words in group_changes.WORDS.items()
        if words.is_listed
    }


def _privacy() -> list[dict[str, Any]]:
    """Return the personal privacy settings."""
    return [
        {"name": name, "label": choice.label, "hint": choice.hint}
        for name, choice in person_choices.CHOICES.items()
    ]
