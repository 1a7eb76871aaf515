"""Whom a person lets reach them: one field for each choice. From it come the statements, the calls of the
API, exports and the page. Pure."""

from enum import StrEnum
from typing import Annotated, NamedTuple, get_type_hints

from msgspec import Struct

from accounts.codes import gettext_noop


class Circle(StrEnum):
    """For whom something is. Each has those of the next. `KNOWN`: the person has written to them or has
    accepted their conversation, or is with them in a group. `CONTACTS`: they are among the person's own
    contacts."""

    EVERYBODY = "everybody"
    KNOWN = "known"
    CONTACTS = "contacts"
    NOBODY = "nobody"


CIRCLES = [circle.value for circle in Circle]


class Choice(NamedTuple):
    """`meaning`: for the pages of the API. `label`, `hint`: of its field on the page."""

    meaning: str
    label: str
    hint: str


class Rules(Struct, frozen=True):
    """A circle for each choice, which is a column of log.models.Privacy."""

    write: Annotated[
        str,
        Choice(
            meaning="Write to one, and send contact requests unless it is nobody.",
            label=gettext_noop("Write to me"),
            hint=gettext_noop("Messages from others fail, and they don't see you online."),
        ),
    ] = Circle.EVERYBODY
    find: Annotated[
        str,
        Choice(
            meaning="Find one. Those whom one knows get one's profile all the same, but not by a search.",
            label=gettext_noop("Find me"),
            hint=gettext_noop("By name or user ID. People who already know you see you as before."),
        ),
    ] = Circle.EVERYBODY
    invite: Annotated[
        str,
        Choice(
            meaning="Put one into groups, if they may write to one too.",
            label=gettext_noop("Add me to groups"),
            hint=gettext_noop("Only people who may write to you. You can always join by a link."),
        ),
    ] = Circle.EVERYBODY
    direct: Annotated[
        str,
        Choice(
            meaning="Come onto one's list at once. Conversations that others begin wait as requests.",
            label=gettext_noop("New conversations in my list"),
            hint=gettext_noop("Others go to “Message requests”."),
        ),
    ] = Circle.EVERYBODY


CHOICES: dict[str, Choice] = {
    name: type_.__metadata__[0] for name, type_ in get_type_hints(Rules, include_extras=True).items()
}
