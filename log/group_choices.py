"""What a group chooses: one row for each choice. From it come the column, the calls of the API, the event and
the webhook with their schemas, exports, the page and the desk. Pure.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, cast

import msgspec
from msgspec import Struct

from accounts.access import Actor, HistoryFor, PermittedRole, may_restrict
from accounts.codes import gettext_noop

T = TypeVar("T", bound=Struct)


class Choice(NamedTuple):
    """One of two values, `off` for a new group and `on`.

    `name`: in calls, events and webhooks. `field`: of Group. `meaning`: for the pages of the API.
    `label`: of its switch on the page, and at the desk if it is on. `when_on`, `when_off`: what members are
    told of the change. `part`: of the group's panel where the page has the switch, "notice" or "newcomers".
    `needs`: the switch is only there while the group has this. `may_set(actor)`: raises Forbidden.
    """

    name: str
    field: str
    off: bool | str
    on: bool | str
    meaning: str
    label: str
    when_on: str
    when_off: str
    part: str
    needs: str = ""
    may_set: Callable[[Actor], None] = may_restrict

    @property
    def values(self) -> tuple[bool | str, ...]:
        return self.off, self.on

    @property
    def type(self) -> Any:
        return bool if self.on is True else Literal[self.values]


NOTICE_BY = Choice(
    "notice_by",
    "notice_by",
    PermittedRole.MEMBERS.value,
    PermittedRole.ADMINS.value,
    meaning="Who sets the notice: all members, or owners and admins.",
    label=gettext_noop("Only owners and admins set the notice"),
    when_on=gettext_noop("Only owners and admins can set the notice now"),
    when_off=gettext_noop("All members can set the notice now"),
    part="notice",
)
ADD_BY = Choice(
    "add_by",
    "add_by",
    PermittedRole.MEMBERS.value,
    PermittedRole.ADMINS.value,
    meaning="Who adds members: all members, or owners and admins.",
    label=gettext_noop("Only owners and admins add members"),
    when_on=gettext_noop("Only owners and admins can add members now"),
    when_off=gettext_noop("All members can add members now"),
    part="newcomers",
)
APPROVAL = Choice(
    "approval",
    "needs_approval",
    False,
    True,
    meaning="Owners and admins decide about those who follow a link to the group.",
    label=gettext_noop("Approve people who join by link"),
    when_on=gettext_noop("New members need approval now"),
    when_off=gettext_noop("New members need no approval now"),
    part="newcomers",
)
HISTORY = Choice(
    "history",
    "history",
    HistoryFor.JOINED.value,
    HistoryFor.ALL.value,
    meaning="What members may read: what was written since they `joined`, or `all`.",
    label=gettext_noop("New members see earlier messages"),
    when_on=gettext_noop("New members see earlier messages now"),
    when_off=gettext_noop("New members see no earlier messages now"),
    part="newcomers",
)
CONFIRM = Choice(
    "confirm",
    "must_confirm",
    False,
    True,
    meaning="Members are asked to confirm the notice.",
    label=gettext_noop("Members confirm that they have read the notice"),
    when_on=gettext_noop("Members are asked to confirm the notice"),
    when_off=gettext_noop("The notice no longer needs confirmation"),
    part="notice",
    needs="notice",
)
CHOICES = {one.name: one for one in (NOTICE_BY, ADD_BY, APPROVAL, HISTORY, CONFIRM)}


def with_fields(fields: Sequence[tuple[Any, ...]]) -> Callable[[type[T]], type[T]]:
    """Gives a Struct these fields besides: name, type, and default if it has one."""

    def extend(shape: type[T]) -> type[T]:
        namespace, tag = {"__doc__": shape.__doc__}, shape.__struct_config__.tag
        made = msgspec.defstruct(
            shape.__name__, fields, bases=(shape,), namespace=namespace, tag=tag, kw_only=True
        )
        return cast(type[T], made)

    return extend
