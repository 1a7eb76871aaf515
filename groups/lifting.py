"""Which mutes and locks have ended: of people, and of members in groups."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from accounts.models import User
from accounts.services import lift
from groups.models import GroupMute
from groups.services import unmute_member

# So many rows of each kind are dealt with at once. Each takes a transaction, and others write meanwhile.
MAX_ENDED = 100


def _unmute(group: int, userid: str, now: datetime) -> None:
    unmute_member(group, userid, ended=now)


class _Kind(NamedTuple):
    """`field`: when it ends. `key`: the fields of the row that `lift` gets, before the present time."""

    model: Any
    field: str
    key: tuple[str, ...]
    lift: Callable[..., object]


_KINDS = (
    _Kind(User, "muted_until", ("pk",), lift),
    _Kind(User, "banned_until", ("pk",), lift),
    _Kind(GroupMute, "until", ("group", "user"), _unmute),
)


def next_end() -> datetime | None:
    """When the next one ends, which may have been before now; None if none does."""
    ends = [
        one.model.objects.filter(**{f"{one.field}__isnull": False})
        .order_by(one.field)
        .values_list(one.field, flat=True)
        .first()
        for one in _KINDS
    ]
    return min((end for end in ends if end is not None), default=None)


def lift_ended(now: datetime) -> None:
    """Undo what has ended by `now`, of each kind at most MAX_ENDED."""
    for one in _KINDS:
        ended = one.model.objects.filter(**{f"{one.field}__lte": now}).order_by(one.field)
        for key in list(ended.values_list(*one.key)[:MAX_ENDED]):
            one.lift(*key, now)
