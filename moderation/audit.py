"""The audit log: writes to it, and reading it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from django.db.models import QuerySet

from moderation.models import AuditEntry
from moderation.models.audit import REASON_LENGTH, TARGET_LENGTH

REFUSED = "refused"


class Actor(Protocol):
    """Who acts, where they are, and on whose behalf, if on somebody else's."""

    @property
    def name(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def acts_for(self) -> str: ...


class Filter(NamedTuple):
    """Which entries are asked for; empty or None: all. `action`: its name, or the part before the point with
    the point, for all of a kind. `since`, `until`: the first moment, and the first one after the last.
    `acted_for`: on whose behalf a backend has acted."""

    actor: str = ""
    action: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None
    acted_for: str = ""


EVERYTHING = Filter()


def record(
    moderator: Actor,
    action: str,
    target: str,
    reason: str = "",
    log_id: int | None = None,
    **details: Any,
) -> AuditEntry:
    """Add an entry, in the transaction of what it tells of."""
    return AuditEntry.objects.create(
        actor=moderator.name,
        acted_for=moderator.acts_for or None,
        action=action,
        target=target[:TARGET_LENGTH],
        reason=reason[:REASON_LENGTH],
        address=moderator.address,
        log_id=log_id,
        details=details,
    )


def refused(moderator: Actor, permission: str, action: str, target: str) -> None:
    """Add that somebody wanted to do something for which they have no permission. Outside of a transaction,
    which the refusal would undo."""
    record(moderator, REFUSED, target, permission=permission, wanted=action)


def entries(wanted: Filter = EVERYTHING, *, limit: int, before: int | None = None) -> list[AuditEntry]:
    """The latest entries, latest first. `before`: only those before the entry with this id."""
    found = _wanted(wanted)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])


def portions(wanted: Filter, size: int) -> Iterator[list[AuditEntry]]:
    """All of them, latest first, so many at a time."""
    before: int | None = None
    while portion := entries(wanted, limit=size, before=before):
        yield portion
        before = portion[-1].pk


def _wanted(wanted: Filter) -> QuerySet[AuditEntry]:
    found = AuditEntry.objects.all()
    if wanted.actor:
        found = found.filter(actor=wanted.actor)
    if wanted.acted_for:
        found = found.filter(acted_for=wanted.acted_for)
    if wanted.action:
        is_kind = wanted.action.endswith(".")
        found = found.filter(**{"action__startswith" if is_kind else "action": wanted.action})
    if wanted.target:
        found = found.filter(target=wanted.target)
    if wanted.since:
        found = found.filter(pk__gte=_first_at(wanted.since))
    if wanted.until:
        found = found.filter(pk__lt=_first_at(wanted.until))
    return found


def _first_at(time: datetime) -> int:
    """The first entry of this time or a later one; beyond all entries if there is none. Ids rise with time,
    and only they are in the other indexes."""
    later = AuditEntry.objects.filter(time__gte=time).order_by("time", "pk")
    first = later.values_list("pk", flat=True).first()
    return 2**63 - 1 if first is None else first
