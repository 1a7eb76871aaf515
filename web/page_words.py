"""What the chat client says: the texts of each language, from the catalogues of translations, and what this
version's kinds of messages and choices are called, in English.

Both are the same for all, so browsers keep them, and no page carries them.
"""

import json
from pathlib import Path
from typing import Any

from django.utils.translation import gettext, ngettext, override

from chat.protocol.kinds import for_pages
from log import group_changes, group_choices, person_choices

# What the page calls a language, and what Django does.
LANGUAGES = {"zh": "zh-hans", "zh-hant": "zh-hant"}
# The texts that the page says, as `make messages` collects them: one, or what is said of one and of many.
COLLECTED = Path(__file__).with_name("page_texts.json")
# Of what is said of a change of a group.
_PARTS = ("text", "by", "off", "you")


def translations(language: str) -> dict[str, str]:
    """In one of LANGUAGES, by the English text, or that for one."""
    with override(LANGUAGES[language]):
        return dict(map(_translated, json.loads(COLLECTED.read_text())))


def _translated(text: str | list[str]) -> tuple[str, str]:
    return (text, gettext(text)) if isinstance(text, str) else (text[0], ngettext(text[0], text[1], 2))


def script() -> str:
    """The line that static/im66/chat/config.js finds run before it."""
    words = {"kinds": _kinds(), "choices": _choices(), "words": _words(), "privacy": _privacy()}
    return f"globalThis.im66Words = {json.dumps(words, ensure_ascii=False, separators=(',', ':'))};\n"


def _kinds() -> dict[str, Any]:
    return {
        name: {field: value for field, value in kind.items() if field != "example"}
        for name, kind in for_pages().items()
    }


def _choices() -> list[dict[str, Any]]:
    fields = ("name", "off", "on", "part", "needs", "label")
    return [{name: getattr(one, name) for name in fields} for one in group_choices.CHOICES.values()]


def _words() -> dict[str, dict[str, Any]]:
    """What is said of what happens to groups."""
    return {
        name: {
            **({"on": words.on} if words.on else {}),
            **{part: text for part in _PARTS if (text := getattr(words, part))},
        }
        for name, words in group_changes.WORDS.items()
        if words.is_listed
    }


def _privacy() -> list[dict[str, Any]]:
    """What people choose for themselves."""
    return [
        {"name": name, "label": one.label, "hint": one.hint} for name, one in person_choices.CHOICES.items()
    ]
