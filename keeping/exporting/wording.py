"""The texts of notices and emotions in the active language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from chat.emotions import active_language, emotion_name
from chat.protocol import kinds
from chat.protocol.kinds import CHINESE
from log.group_changes import WORDS, Words
from log.rows import MembershipNotice, Notice

# Further names are only counted.
_MAX_NAMES = 20


def describe(notice: Notice, names: Mapping[str, str]) -> str:
    """Return the text of a notice. `names`: display names by userid."""
    if isinstance(notice, MembershipNotice):
        return _membership_text(notice, names)
    phrases = (_change_text(what, value, notice.by, names) for what, value in notice.changed.items())
    return " · ".join(filter(None, phrases))


def emotion(code: str) -> str:
    """Return the name of an emotion in brackets."""
    name = emotion_name(code, active_language())
    return kinds.preview("emotion", active_language()) if name is None else f"[{name}]"


def join_names(names: Sequence[str]) -> str:
    """Join the first names, and append how many others there are."""
    text = ("、" if active_language() == CHINESE else ", ").join(names[:_MAX_NAMES])
    rest = len(names) - _MAX_NAMES
    return text if rest <= 0 else gettext("%(names)s and %(count)d others") % {"names": text, "count": rest}


def _membership_text(notice: MembershipNotice, names: Mapping[str, str]) -> str:
    by, people = notice.by, notice.joined or notice.left
    others = [userid for userid in people if userid != by]
    words = WORDS["joined" if notice.joined else "left"]
    if by in people:
        # They have joined or left by themselves, or founded the group with others.
        words, by = (WORDS["founded"], by) if notice.joined and others else (words, None)
    return _sentence(words, others if by else people, by, names) if people else ""


def _change_text(what: str, value: Any, by: str | None, names: Mapping[str, str]) -> str:
    if what == "roles":
        roles = ((WORDS[role].text, names.get(userid, userid)) for userid, role in value.items())
        return " · ".join(gettext(text).format(name=name) for text, name in roles)
    return _sentence(WORDS[what], value, by, names) if what in WORDS else what


def _sentence(words: Words, value: Any, by: str | None, names: Mapping[str, str]) -> str:
    text = gettext(words.text_for(value, by))
    if "{names}" in text:
        value = join_names([names.get(userid, userid) for userid in value])
    return text.format(by=by and names.get(by, by), value=value, names=value)
