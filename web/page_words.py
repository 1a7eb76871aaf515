"""What the chat client knows of this version's kinds of messages and choices, with words in both languages.

It is the same for all, so it is a part of the script, which browsers keep, and not of each page.
"""

import json
from typing import Any

from django.utils.translation import gettext, override

from chat.protocol.kinds import for_pages
from log import group_changes, group_choices, person_choices

# Of what is said of a change of a group.
_PARTS = ("text", "by", "off", "you")


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
    """What groups choose, with its words in both languages."""
    return [
        {
            **{name: getattr(one, name) for name in ("name", "off", "on", "part", "needs")},
            "label": _in_both_languages(one.label),
        }
        for one in group_choices.CHOICES.values()
    ]


def _words() -> dict[str, dict[str, Any]]:
    """What is said of what happens to groups, in both languages."""
    return {
        name: {
            **({"on": words.on} if words.on else {}),
            **{part: _in_both_languages(text) for part in _PARTS if (text := getattr(words, part))},
        }
        for name, words in group_changes.WORDS.items()
        if words.is_listed
    }


def _privacy() -> list[dict[str, Any]]:
    """The same of what people choose for themselves."""
    return [
        {"name": name, **{part: _in_both_languages(getattr(one, part)) for part in ("label", "hint")}}
        for name, one in person_choices.CHOICES.items()
    ]


def _in_both_languages(text: str) -> dict[str, str]:
    with override("zh-hans"):
        return {"en": text, "zh": gettext(text)}
