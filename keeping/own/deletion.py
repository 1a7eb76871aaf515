"""People who have themselves erased: after some days, in which they may come back and keep the account."""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import accounts.erasing
from accounts import leases, logins, preconditions
from accounts.mailing import mail
from accounts.models import User
from accounts.recovery import mail_deletion_due
from chat.services import service_texts
from keeping.backups.progress import Progress
from keeping.erasing import under_hold
from keeping.erasing.people import erase_person
from keeping.errors import MaintenanceRefused
from keeping.models import OwnDeletion
from keeping.own.errors import HAS_BEGUN, HELD, LAST_ADMIN, SWITCHED_OFF, NotNow, RoleMissing
from log.models import Group, Membership
from moderation.moderators import Moderator

logger = logging.getLogger(__name__)

REASON = "asked for by the person"
# What cannot be done now, or was cut off, is tried again after this time.
AGAIN = timedelta(hours=1)
MAX_GROUPS = 200


class Successor(NamedTuple):
    """`userid`: who owns the group then; empty if it is dissolved, because nobody else is in it."""

    group: int
    name: str
    userid: str


def of(userid: str) -> OwnDeletion | None:
    return OwnDeletion.objects.filter(user=userid).first()


def successors(userid: str) -> list[Successor]:
    """Of the groups that only this person owns: at most MAX_GROUPS."""
    mine = Membership.objects.current().filter(user=userid, role="owner").order_by("pk")
    heirs = []
    for group in Group.objects.filter(pk__in=mine.values("group")).order_by("pk")[:MAX_GROUPS]:
        others = Membership.objects.current().filter(group=group).exclude(user=userid)
        heir = others.by_rank().first()
        if heir is None or heir.role != "owner":
            heirs.append(Successor(group.pk, group.name, heir.user_id if heir else ""))
    return heirs


def ask(userid: str, language: str) -> OwnDeletion:
    """Have the person erased after the time that the operator has set. All logins end. Asking twice changes
    nothing. Raises NotAllowed and NotNow."""
    if not settings.IM66.own_deletion:
        raise RoleMissing(SWITCHED_OFF)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=userid)
        preconditions.check()
        _require_free(userid)
        now = timezone.now()
        due = now + timedelta(days=settings.IM66.own_deletion_days)
        record, is_new = OwnDeletion.objects.get_or_create(
            user_id=userid, defaults={"asked_at": now, "due_at": due, "promised_at": due}
        )
        logins.end_others(userid, "")
        if is_new:
            # For apps, which have no page for it.
            service_texts.send_text(userid, _announcement(record.promised_at))
    if is_new:
        mail.add(partial(mail_deletion_due, userid, record.promised_at, language))
    return record


def _announcement(due: datetime) -> str:
    day = f"{due:%Y-%m-%d}"
    return service_texts.in_both(
        f"Your account will be deleted on {day}, as you asked. To keep it, sign in on the page before then.",
        f"按你的申请，你的账号将于 {day} 注销。如要保留，请在此之前登录网页。",
    )


def cancel(userid: str) -> None:
    """Keep the account. Raises NotNow if it is being erased already."""
    with transaction.atomic():
        record = OwnDeletion.objects.select_for_update().filter(user=userid).first()
        if record is None:
            return
        if record.begun_at:
            raise NotNow(HAS_BEGUN)
        record.delete()


def begin_again() -> None:
    """After a restore: somebody may have kept the account since the backup. They must sign in again, see the
    notice, and have the whole time to keep the account."""
    due = timezone.now() + timedelta(days=settings.IM66.own_deletion_days)
    OwnDeletion.objects.filter(begun_at=None).update(due_at=due, promised_at=due)


def is_due(now: datetime) -> bool:
    return OwnDeletion.objects.filter(due_at__lte=now).exists()


def erase_next(progress: Progress) -> bool:
    """Erase one of those whose time is over. Whether there was one; under a legal hold it waits."""
    now = timezone.now()
    record = OwnDeletion.objects.filter(due_at__lte=now).order_by("due_at").first()
    if record is None:
        return False
    if leases.take(OwnDeletion.objects.all(), record, due_at=now + AGAIN):
        _erase(record.user_id, progress)
    return True


def _erase(userid: str, progress: Progress) -> None:
    try:
        if _begin(userid):
            erase_person(userid, Moderator(userid), REASON, progress)
            OwnDeletion.objects.filter(user=userid).delete()
    except NotNow as refused:
        logger.info("An account waits to be erased: %s", refused)
    except Exception as error:
        logger.error("An account could not be erased, and will be later: %s", error)


def _begin(userid: str) -> bool:
    """From here on nobody can keep the account. Whether the person has not kept it before."""
    with transaction.atomic():
        record = OwnDeletion.objects.select_for_update().filter(user=userid).first()
        if record is None:
            return False
        if not record.begun_at:
            _require_free(userid)
            record.begun_at = timezone.now()
            record.save(update_fields=["begun_at"])
            accounts.erasing.shut_out(userid)
    return True


def _require_free(userid: str) -> None:
    """Raises NotAllowed for the last administrator, and NotNow under a legal hold."""
    admins = User.objects.filter(is_superuser=True, is_active=True)
    if admins.filter(pk=userid).exists() and not admins.exclude(pk=userid).exists():
        raise RoleMissing(LAST_ADMIN)
    try:
        under_hold.require_person_free(userid)
    except MaintenanceRefused:
        raise NotNow(HELD) from None
