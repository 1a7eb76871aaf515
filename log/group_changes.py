"""What happens to a group, and what is said of it: one row for each fact. From it come the fields of events
and of webhooks, their schemas, the texts of exports and of the page, and those for shipped apps. Pure.
"""

from typing import Annotated, Any, Literal, NamedTuple

from msgspec import UNSET, Meta, UnsetType

from accounts.codes import gettext_noop as _
from log.group_choices import CHOICES, with_fields


class Words(NamedTuple):
    """In English, with `{by}`, who has done it, `{names}` or `{name}`, whom it is about, and `{value}`.

    `by`: instead of `text`, if it is known who has done it. `off`: if the value is another than `on`, or
    without `on` false or empty. `you`: for the one whom it is about. `is_listed`: the page has it among the
    messages.
    """

    text: str
    by: str = ""
    off: str = ""
    you: str = ""
    on: bool | str = ""
    is_listed: bool = True

    def text_for(self, value: Any, by: str | None) -> str:
        is_on = value == self.on if self.on else bool(value)
        if self.off and not is_on:
            return self.off
        return self.by if self.by and by is not None else self.text


_Row = Annotated[int, Meta(ge=0)]

_CHANGES = {
    "name": (str, Words(_("The group is now called “{value}”"), by=_("{by} named the group “{value}”"))),
    "notice": (str, Words(_("New notice: {value}"), _("{by} posted a notice: {value}"), _("Notice removed"))),
    "picture": (bool, Words(_("The group has a new picture"), off=_("The group's picture was removed"))),
    "nicknames": (list[str], Words(_("Other nicknames here: {names}"), is_listed=False)),
    "message_pinned": (_Row, Words(_("A message was pinned"), by=_("{by} pinned a message"))),
    "message_unpinned": (_Row, Words(_("A message was unpinned"), by=_("{by} unpinned a message"))),
    "custom": (
        dict[str, Any],
        Words(_("The group's custom data was changed"), is_listed=False),
    ),
    "roles": (dict[str, Literal["owner", "admin", "member"]], None),
    "muted": (bool, Words(_("Only owners and admins can write now"), off=_("All members can write again"))),
    "slow": (int, Words(_("Slow mode is on: one message in {value} seconds"), off=_("Slow mode is off"))),
    "dissolved": (Literal[True], Words(_("The group was dissolved"))),
    "restored": (Literal[True], Words(_("The group was restored"))),
    **{one.name: (one.type, Words(one.when_on, off=one.when_off, on=one.on)) for one in CHOICES.values()},
}
# What is said of each change, by its name in the event, of each role, and of members.
WORDS: dict[str, Words] = {
    **{name: words for name, (_type, words) in _CHANGES.items() if words},
    "owner": Words(_("{name} is now an owner"), you=_("You are now an owner")),
    "admin": Words(_("{name} is now an admin"), you=_("You are now an admin")),
    "member": Words(_("{name} is now a member"), you=_("You are now a member")),
    "joined": Words(_("{names} joined"), by=_("{by} added {names}")),
    "founded": Words("", by=_("{by} started the group with {names}")),
    "left": Words(_("{names} left"), by=_("{by} removed {names}")),
}
# The texts of which the shipped apps get one, the first that is there, in English and Chinese.
SHIPPED = {
    "message_pinned": {"en": "[Pinned a message]", "zh": "[置顶了一条消息]"},
    "confirm": {"en": "[Notice] {notice}", "zh": "[群公告] {notice}"},
}
# The Struct with a field for each change: left out unless it has another value now.
with_changes = with_fields([(name, type_ | UnsetType, UNSET) for name, (type_, _words) in _CHANGES.items()])
