"""What pages say of what happened to a group, and of emotions, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from chat.emotions import active_language, name_of
from chat.protocol import kinds
from chat.protocol.kinds import CHINESE
from log.group_choices import CHOICES
from log.rows import MembershipNotice, Notice

# More are counted.
_MAX_NAMES = 20


def told(notice: Notice, names: Mapping[str, str]) -> str:
    """`names`: what people are called."""
    by = None if notice.by is None else names.get(notice.by, notice.by)
    if not isinstance(notice, MembershipNotice):
        said = (_changed(what, value, by, names) for what, value in notice.changed.items())
        return " · ".join(filter(None, said))
    if notice.joined:
        return _joined(notice, by, names)
    return _left(notice, by, names) if notice.left else ""


def emotion(code: str) -> str:
    """What the emotion shows."""
    said = name_of(code, active_language())
    return kinds.preview("emotion", active_language()) if said is None else f"[{said}]"


def listed(names: Sequence[str]) -> str:
    """The names, and how many there are more."""
    text = ("、" if active_language() == CHINESE else ", ").join(names[:_MAX_NAMES])
    more = len(names) - _MAX_NAMES
    return text if more <= 0 else gettext("%(names)s and %(count)d others") % {"names": text, "count": more}


def _joined(notice: MembershipNotice, by: str | None, names: Mapping[str, str]) -> str:
    others = [userid for userid in notice.joined if userid != notice.by]
    if by is None or not others:
        return gettext("%(names)s joined") % {"names": _names(notice.joined, names)}
    said = {"by": by, "names": _names(others, names)}
    if len(others) < len(notice.joined):
        return gettext("%(by)s started the group with %(names)s") % said
    return gettext("%(by)s added %(names)s") % said


def _left(notice: MembershipNotice, by: str | None, names: Mapping[str, str]) -> str:
    said = {"by": by, "names": _names(notice.left, names)}
    if by is None or notice.by in notice.left:
        return gettext("%(names)s left") % said
    return gettext("%(by)s removed %(names)s") % said


def _changed(what: str, value: Any, by: str | None, names: Mapping[str, str]) -> str:
    match what:
        case "name":
            return _named(value, by)
        case "notice":
            return _noticed(value, by)
        case "roles":
            return " · ".join(_role(names.get(userid, userid), role) for userid, role in value.items())
        case "slow":
            return _slow(value)
        case "picture" if value:
            return gettext("The group has a new picture")
        case "picture":
            return gettext("The group's picture was removed")
        case "nicknames":
            return gettext("Other nicknames here: %(names)s") % {"names": _names(value, names)}
        case "message_pinned":
            return gettext("A message was pinned")
        case "message_unpinned":
            return gettext("A message was unpinned")
        case "muted" if value:
            return gettext("Only owners and admins can write now")
        case "muted":
            return gettext("All members can write again")
        case "dissolved":
            return gettext("The group was dissolved")
        case "restored":
            return gettext("The group was restored")
    return gettext(CHOICES[what].announcement(value)) if what in CHOICES else what


def _named(name: str, by: str | None) -> str:
    if by is None:
        return gettext("The group is now called “%(name)s”") % {"name": name}
    return gettext("%(by)s named the group “%(name)s”") % {"by": by, "name": name}


def _noticed(text: str, by: str | None) -> str:
    if not text:
        return gettext("Notice removed")
    if by is None:
        return gettext("New notice: %(text)s") % {"text": text}
    return gettext("%(by)s posted a notice: %(text)s") % {"by": by, "text": text}


def _role(name: str, role: str) -> str:
    said = {"name": name}
    match role:
        case "owner":
            return gettext("%(name)s is now an owner") % said
        case "admin":
            return gettext("%(name)s is now an admin") % said
    return gettext("%(name)s is now a member") % said


def _slow(seconds: int) -> str:
    if seconds:
        return gettext("Slow mode is on: one message in %(seconds)d seconds") % {"seconds": seconds}
    return gettext("Slow mode is off")


def _names(userids: Sequence[str], names: Mapping[str, str]) -> str:
    return listed([names.get(userid, userid) for userid in userids])
