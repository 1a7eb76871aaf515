"""The audit log: writes to it, and reading it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import merge
from typing import Any, NamedTuple, Protocol

from django.db.models import QuerySet
from django.utils import timezone
from msgspec import UNSET

from chat.signals import WebhookAction, moderated
from moderation.models import AuditEntry
from moderation.models.audit import REASON_LENGTH, TARGET_LENGTH

REFUSED = "refused"
# Content of private conversations was shown, or rules were tried on it.
READ, TRIED = "private.read", "private.try"
# Other people with the same addresses were shown.
ADDRESSES = "private.addresses"
# Lines of refusals that one actor gets in a minute. The last of them says that others are not listed.
MAX_REFUSALS_A_MINUTE = 60
_MINUTE = timedelta(minutes=1)
_PERSON = "u:"


class Actor(Protocol):
    """The actor, the address, and the person on whose behalf it acts, if any."""

    @property
    def name(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def acts_for(self) -> str: ...


class Filter(NamedTuple):
    """Which entries are asked for; empty or None: all. `action`: its name, or the part before the point with
    the point, for all of a kind. `target`: of a person, also what was read of them with somebody else.
    `since`, `until`: the first moment, and the first one after the last. `acted_for`: on whose behalf a
    backend has acted."""

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
    fields = {"action": action, "target": target[:TARGET_LENGTH], "log_id": log_id, "details": details}
    return _added(moderator, reason, **fields)


def refused(moderator: Actor, permission: str, action: str, target: str) -> None:
    """Add that somebody wanted to do something for which they have no permission: at most
    MAX_REFUSALS_A_MINUTE times. Outside of a transaction, which the refusal would undo."""
    since = AuditEntry.objects.filter(pk__gte=_first_at(timezone.now() - _MINUTE))
    earlier = since.filter(actor=moderator.name, action=REFUSED)[:MAX_REFUSALS_A_MINUTE].count()
    if earlier < MAX_REFUSALS_A_MINUTE:
        details: dict[str, Any] = {"permission": permission, "wanted": action}
        if earlier == MAX_REFUSALS_A_MINUTE - 1:
            details["more"] = True
        record(moderator, REFUSED, target, **details)


def read_private(moderator: Actor, sender: str, recipient: str, reason: str, **details: Any) -> AuditEntry:
    """Add that the conversation of these two is read: one line, which is found by either."""
    all_details = {"peer": recipient, **details}
    return _added(
        moderator, reason, action=READ, target=f"{_PERSON}{sender}", peer=recipient, details=all_details
    )


def _added(moderator: Actor, reason: str, **fields: Any) -> AuditEntry:
    entry = AuditEntry.objects.create(
        actor=moderator.name,
        acted_for=moderator.acts_for or None,
        reason=reason[:REASON_LENGTH],
        address=moderator.address,
        **fields,
    )
    moderated.send(sender=AuditEntry, line=_webhook_line(entry))
    return entry


def _webhook_line(entry: AuditEntry) -> WebhookAction:
    """Not the details, which may hold what people wrote."""
    line = (entry.pk, entry.action, entry.target, entry.actor, int(entry.time.timestamp()))
    return WebhookAction(*line, acted_for=entry.acted_for or UNSET, reason=entry.reason or UNSET)


def entries(criteria: Filter = EVERYTHING, *, limit: int, before: int | None = None) -> list[AuditEntry]:
    """The latest entries, latest first. `before`: only those before the entry with this id."""
    sources = [
        (rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")[:limit]
        for rows in _sources(criteria)
    ]
    return list(merge(*sources, key=lambda entry: -entry.pk))[:limit]


def portions(criteria: Filter, size: int) -> Iterator[list[AuditEntry]]:
    """All of them, latest first, so many at a time."""
    before: int | None = None
    while portion := entries(criteria, limit=size, before=before):
        yield portion
        before = portion[-1].pk


def _sources(criteria: Filter) -> list[QuerySet[AuditEntry]]:
    """Each with an index of its own. No entry is in two of them."""
    matching = _narrowed(criteria)
    if not criteria.target:
        return [matching]
    of_target = matching.filter(target=criteria.target)
    if not criteria.target.startswith(_PERSON):
        return [of_target]
    read_with = matching.filter(peer=criteria.target.removeprefix(_PERSON)).exclude(target=criteria.target)
    return [of_target, read_with]


def _narrowed(criteria: Filter) -> QuerySet[AuditEntry]:
    matching = AuditEntry.objects.all()
    if criteria.actor:
        matching = matching.filter(actor=criteria.actor)
    if criteria.acted_for:
        matching = matching.filter(acted_for=criteria.acted_for)
    if criteria.action:
        is_kind = criteria.action.endswith(".")
        matching = matching.filter(**{"action__startswith" if is_kind else "action": criteria.action})
    if criteria.since:
        matching = matching.filter(pk__gte=_first_at(criteria.since))
    if criteria.until:
        matching = matching.filter(pk__lt=_first_at(criteria.until))
    return matching


def _first_at(time: datetime) -> int:
    """The first entry of this time or a later one; beyond all entries if there is none. Ids rise with time,
    and only they are in the other indexes."""
    later = AuditEntry.objects.filter(time__gte=time).order_by("time", "pk")
    first = later.values_list("pk", flat=True).first()
    return 2**63 - 1 if first is None else first
