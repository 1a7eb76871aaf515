"""Announcements: texts from the operator to all people, or to those who match filters.

One process at a time sends an announcement, in batches ordered by userid. The position is stored after each
batch. If a process fails before it stores the position, the batch is sent again, and recipients still get one
copy.
"""

import asyncio
import logging
import time
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import leases
from accounts.codes import Failed
from accounts.models import CustomFields, User
from accounts.services import desk_userids
from chat.delivery.runtime import Runtime
from chat.services import service_texts
from log.appending import NoSpace
from log.models import Membership
from moderation import audit
from moderation.audit import Actor
from moderation.models import Announcement, LastAddress
from moderation.models.announcements import DONE, RUNNING, STOPPED

logger = logging.getLogger(__name__)

POLL_SECONDS = 2.0
# At most this many batches per second.
MAX_PORTIONS_PER_SECOND = 5
CLAIM_SECONDS = 15.0
MAX_RUNNING = 10
# Older ended announcements are deleted.
MAX_ENDED = 1000


class Audience(NamedTuple):
    """The filters of an announcement; people must match all of them. `field` and `value`: a custom field.
    `active_since`: people who have logged in since then."""

    group: int | None = None
    field: str = ""
    value: Any = None
    active_since: datetime | None = None


class NameTaken(Failed):
    """Another announcement with different content has this name."""

    text = gettext_noop("Another announcement has this name.")


class TooManyRunning(Failed):
    """MAX_RUNNING announcements are being sent."""

    text = gettext_noop("Too many announcements are being sent.")


def recipients_of(to: Audience) -> QuerySet[User]:
    """Return the people who match, without banned and erased people and the service itself."""
    recipients = User.objects.filter(is_active=True).exclude(pk__in=desk_userids())
    if to.group is not None:
        members = Membership.objects.current().filter(group=to.group, user=OuterRef("pk"))
        recipients = recipients.filter(Exists(members))
    if to.field:
        fields = CustomFields.objects.annotate(is_there=KeyTransform(to.field, "values"))
        recipients = recipients.filter(Exists(fields.filter(user=OuterRef("pk"), is_there=to.value)))
    if to.active_since is not None:
        logins = LastAddress.objects.filter(user=OuterRef("pk"), seen_at__gte=to.active_since)
        recipients = recipients.filter(Exists(logins))
    return recipients


def is_filterable_field(field: str) -> bool:
    """Return whether a custom field of this name can be filtered on. Databases read numbers as list indexes,
    and cannot look up names with quotes or backslashes."""
    try:
        int(field)
    except ValueError:
        return not any(sign in field for sign in '"\\')
    return False


def count_recipients(to: Audience) -> int:
    """Return how many people would receive it now."""
    return recipients_of(to).count()


def start(
    by: Actor, name: str, text: str, to: Audience, *, pushes: bool = False
) -> tuple[Announcement, bool]:
    """Start an announcement. Return it and whether it is new.

    If an announcement with this name and the same content exists, it is returned. Raises NameTaken,
    TooManyRunning, and service_texts.ServiceAccountUnusable if the service has no account.
    """
    if not settings.IM66.desk_userid:
        raise service_texts.ServiceAccountUnusable
    filters = {"group_id": to.group, "field": to.field, "value": to.value, "active_since": to.active_since}
    values = {**filters, "text": text, "pushes": pushes}
    total = count_recipients(to)
    with transaction.atomic():
        is_full = Announcement.objects.filter(state=RUNNING).count() >= MAX_RUNNING
        if is_full and not Announcement.objects.filter(name=name).exists():
            raise TooManyRunning
        made, is_new = Announcement.objects.get_or_create(
            name=name, defaults={**values, "total": total, "made_by": by.name}
        )
        if not is_new and any(getattr(made, field) != value for field, value in values.items()):
            raise NameTaken
        if is_new:
            _delete_old_ended()
            _record(by, "make", made, text=text, people=total, to=_filter_details(to), pushes=pushes)
    return made, is_new


def stop(by: Actor, announcement: Announcement) -> bool:
    """Stop after the current batch. Return whether it was running."""
    return _set_state(by, announcement, RUNNING, STOPPED, "stop")


def resume(by: Actor, announcement: Announcement) -> bool:
    """Continue at the position where it was stopped. Return whether it was stopped."""
    return _set_state(by, announcement, STOPPED, RUNNING, "resume")


def _set_state(by: Actor, announcement: Announcement, before: str, after: str, action: str) -> bool:
    with transaction.atomic():
        turned = Announcement.objects.filter(pk=announcement.pk, state=before).update(state=after, problem="")
        if turned:
            _record(by, action, announcement)
    return bool(turned)


def _record(by: Actor, action: str, announcement: Announcement, **details: Any) -> None:
    details["name"] = announcement.name
    audit.record(by, f"announcement.{action}", f"announcement:{announcement.pk}", **details)


def _filter_details(to: Audience) -> dict[str, Any]:
    since = to.active_since and to.active_since.isoformat()
    details = {**to._asdict(), "active_since": since}
    return {name: value for name, value in details.items() if value not in (None, "")}


def _delete_old_ended() -> None:
    ended = Announcement.objects.exclude(state=RUNNING).order_by("-pk")
    old = ended.values_list("pk", flat=True)[MAX_ENDED : MAX_ENDED + 100]
    Announcement.objects.filter(pk__in=list(old)).delete()


async def send_all(run: Runtime) -> None:
    """Send running announcements, one after the other, until cancelled."""
    while True:
        pause = POLL_SECONDS
        try:
            if announcement := await run.threads.follow(partial(claim, run.name)):
                await run.threads.follow(partial(send_portion, announcement))
                pause = 1 / _portions_per_second()
        except Exception as error:
            logger.error("Announcements cannot be sent, and will be again: %s", error)
        await asyncio.sleep(pause)


def claim(holder: str) -> Announcement | None:
    """Return the first running announcement if this process sends it; None if another process does."""
    now = time.time()
    first = Announcement.objects.filter(state=RUNNING).order_by("pk").first()
    if first is None or (first.holder == holder and first.held_until > now + CLAIM_SECONDS / 2):
        return first
    latest = now + CLAIM_SECONDS + leases.MAX_SKEW_SECONDS
    if first.holder != holder and now < first.held_until <= latest:
        return None
    running = Announcement.objects.filter(state=RUNNING)
    return first if leases.take(running, first, holder=holder, held_until=now + CLAIM_SECONDS) else None


def _portions_per_second() -> int:
    """Return how many batches are sent per second."""
    return min(MAX_PORTIONS_PER_SECOND, settings.IM66.announcements_per_second)


def send_portion(announcement: Announcement) -> None:
    """Send the announcement to the next people, or end it. Raises DatabaseError."""
    size: int = settings.IM66.announcements_per_second // _portions_per_second()
    to = Audience(announcement.group_id, announcement.field, announcement.value, announcement.active_since)
    left = recipients_of(to).filter(pk__gt=announcement.after).order_by("pk").values_list("pk", flat=True)
    userids = list(left[:size])
    stored = Announcement.objects.filter(pk=announcement.pk, state=RUNNING, after=announcement.after)
    if not userids:
        stored.update(state=DONE, ended_at=timezone.now())
        return
    if not stored.exists():
        return
    try:
        name = str(announcement.pk)
        sent = service_texts.send_to_all(userids, announcement.text, name, silent=not announcement.pushes)
    except (service_texts.ServiceAccountUnusable, NoSpace) as error:
        stored.update(state=STOPPED, problem=_PROBLEMS[type(error)])
        return
    stored.update(after=userids[-1], sent=F("sent") + sent)


_PROBLEMS: dict[type[Exception], str] = {
    service_texts.ServiceAccountUnusable: gettext_noop(
        "The service cannot write: it has no account, or that is muted or banned."
    ),
    NoSpace: gettext_noop("The disk of the database is almost full."),
}
