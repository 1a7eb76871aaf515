"""Deletion of one's own account, some days after the request. Until then the person can cancel it."""

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
# A deletion that failed or was interrupted is tried again after this time.
RETRY_AFTER = timedelta(hours=1)
MAX_GROUPS = 200


class Successor(NamedTuple):
    """`userid`: the new owner of the group; empty if the group is dissolved, having no other member."""

    group: int
    name: str
    userid: str


def pending_deletion(userid: str) -> OwnDeletion | None:
    return OwnDeletion.objects.filter(user=userid).first()


def successors(userid: str) -> list[Successor]:
    """Return the successors in the groups that only this person owns, at most MAX_GROUPS."""
    owned = Membership.objects.current().filter(user=userid, role="owner").order_by("pk")
    found = []
    for group in Group.objects.filter(pk__in=owned.values("group")).order_by("pk")[:MAX_GROUPS]:
        others = Membership.objects.current().filter(group=group).exclude(user=userid)
        heir = others.by_rank().first()
        if heir is None or heir.role != "owner":
            found.append(Successor(group.pk, group.name, heir.user_id if heir else ""))
    return found


def request_deletion(userid: str, language: str) -> OwnDeletion:
    """Schedule the deletion of the person after `own_deletion_days`, and end all logins. A second request
    keeps the first date. Raises RoleMissing and NotNow."""
    if not settings.IM66.own_deletion:
        raise RoleMissing(SWITCHED_OFF)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=userid)
        preconditions.check()
        _require_deletable(userid)
        now = timezone.now()
        due = now + timedelta(days=settings.IM66.own_deletion_days)
        record, is_new = OwnDeletion.objects.get_or_create(
            user_id=userid, defaults={"asked_at": now, "due_at": due, "promised_at": due}
        )
        logins.end_others(userid, "")
        if is_new:
            # Apps have no page that shows the date.
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


def restart_pending() -> None:
    """Restart the time of all scheduled deletions after a restore: a person may have cancelled since the
    backup, and needs the whole time to cancel once more."""
    due = timezone.now() + timedelta(days=settings.IM66.own_deletion_days)
    OwnDeletion.objects.filter(begun_at=None).update(due_at=due, promised_at=due)


def is_due(now: datetime) -> bool:
    return OwnDeletion.objects.filter(due_at__lte=now).exists()


def erase_next(progress: Progress) -> bool:
    """Erase the person whose deletion is due longest. Under a legal hold it is postponed. Return whether one
    was due."""
    now = timezone.now()
    record = OwnDeletion.objects.filter(due_at__lte=now).order_by("due_at").first()
    if record is None:
        return False
    if leases.take(OwnDeletion.objects.all(), record, due_at=now + RETRY_AFTER):
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
    """Mark the deletion as begun, after which it cannot be cancelled. Return False if it was cancelled
    before. Raises RoleMissing and NotNow."""
    with transaction.atomic():
        record = OwnDeletion.objects.select_for_update().filter(user=userid).first()
        if record is None:
            return False
        if not record.begun_at:
            _require_deletable(userid)
            record.begun_at = timezone.now()
            record.save(update_fields=["begun_at"])
            accounts.erasing.shut_out(userid)
    return True


def _require_deletable(userid: str) -> None:
    """Raises RoleMissing for the last administrator, and NotNow under a legal hold."""
    admins = User.objects.filter(is_superuser=True, is_active=True)
    if admins.filter(pk=userid).exists() and not admins.exclude(pk=userid).exists():
        raise RoleMissing(LAST_ADMIN)
    try:
        under_hold.require_person_free(userid)
    except MaintenanceRefused:
        raise NotNow(HELD) from None
