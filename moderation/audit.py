"""Writes and reads the audit log."""

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
# Content of private conversations was shown; rules were tried on it.
READ, TRIED = "private.read", "private.try"
# Other people with the same addresses were shown.
ADDRESSES = "private.addresses"
# At most this many refusals per actor and minute are recorded. The last one says that further ones are not.
MAX_REFUSALS_A_MINUTE = 60
_MINUTE = timedelta(minutes=1)
_PERSON = "u:"


class Actor(Protocol):
    """Who acts, from which address, and on whose behalf, if anybody's."""

    @property
    def name(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def acts_for(self) -> str: ...


class Filter(NamedTuple):
    """Filters of audit entries; an empty or None field matches all. `action`: the full name, or a prefix that
    ends with the point. `target`: for a person, also private reads of their conversations with others.
    `since`: inclusive; `until`: exclusive. `acted_for`: the person on whose behalf a backend acted."""

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
    """Add an entry. Call it in the transaction of the change that it records."""
    fields = {"action": action, "target": target[:TARGET_LENGTH], "log_id": log_id, "details": details}
    return _add_entry(moderator, reason, **fields)


def record_refusal(moderator: Actor, permission: str, action: str, target: str) -> None:
    """Record that the actor lacked a permission, at most MAX_REFUSALS_A_MINUTE times a minute.

    Do not call it in a transaction: the refusal would roll it back.
    """
    since = AuditEntry.objects.filter(pk__gte=_first_id_at(timezone.now() - _MINUTE))
    earlier = since.filter(actor=moderator.name, action=REFUSED)[:MAX_REFUSALS_A_MINUTE].count()
    if earlier < MAX_REFUSALS_A_MINUTE:
        details: dict[str, Any] = {"permission": permission, "wanted": action}
        if earlier == MAX_REFUSALS_A_MINUTE - 1:
            details["more"] = True
        record(moderator, REFUSED, target, **details)


def record_private_read(
    moderator: Actor, sender: str, recipient: str, reason: str, **details: Any
) -> AuditEntry:
    """Record that the conversation of these two is read. One entry, which is found by either person."""
    all_details = {"peer": recipient, **details}
    return _add_entry(
        moderator, reason, action=READ, target=f"{_PERSON}{sender}", peer=recipient, details=all_details
    )


def _add_entry(moderator: Actor, reason: str, **fields: Any) -> AuditEntry:
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
    """Return the entry as webhooks send it: without `details`, which may contain what people wrote."""
    line = (entry.pk, entry.action, entry.target, entry.actor, int(entry.time.timestamp()))
    return WebhookAction(*line, acted_for=entry.acted_for or UNSET, reason=entry.reason or UNSET)


def entries(criteria: Filter = EVERYTHING, *, limit: int, before: int | None = None) -> list[AuditEntry]:
    """Return the latest entries, latest first. `before`: only those before the entry with this id."""
    sources = [
        (rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")[:limit]
        for rows in _sources(criteria)
    ]
    return list(merge(*sources, key=lambda entry: -entry.pk))[:limit]


def portions(criteria: Filter, size: int) -> Iterator[list[AuditEntry]]:
    """Yield all matching entries in lists of at most `size`, latest first."""
    before: int | None = None
    while portion := entries(criteria, limit=size, before=before):
        yield portion
        before = portion[-1].pk


def _sources(criteria: Filter) -> list[QuerySet[AuditEntry]]:
    """Return one query per index that is needed. They have no entry in common."""
    matching = _filtered(criteria)
    if not criteria.target:
        return [matching]
    of_target = matching.filter(target=criteria.target)
    if not criteria.target.startswith(_PERSON):
        return [of_target]
    read_with = matching.filter(peer=criteria.target.removeprefix(_PERSON)).exclude(target=criteria.target)
    return [of_target, read_with]


def _filtered(criteria: Filter) -> QuerySet[AuditEntry]:
    matching = AuditEntry.objects.all()
    if criteria.actor:
        matching = matching.filter(actor=criteria.actor)
    if criteria.acted_for:
        matching = matching.filter(acted_for=criteria.acted_for)
    if criteria.action:
        is_kind = criteria.action.endswith(".")
        matching = matching.filter(**{"action__startswith" if is_kind else "action": criteria.action})
    if criteria.since:
        matching = matching.filter(pk__gte=_first_id_at(criteria.since))
    if criteria.until:
        matching = matching.filter(pk__lt=_first_id_at(criteria.until))
    return matching


def _first_id_at(time: datetime) -> int:
    """Return the id of the first entry at or after this time; a number larger than all ids if there is none.

    Ids increase with time, and the other indexes contain ids but no times.
    """
    later = AuditEntry.objects.filter(time__gte=time).order_by("time", "pk")
    first = later.values_list("pk", flat=True).first()
    return 2**63 - 1 if first is None else first
