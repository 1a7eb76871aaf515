"""What moderators do to people."""

import time

from django.db import transaction

from accounts import services
from chat.services.sending import tell
from moderation import audit
from moderation.actions import recalling, sanctions, wording
from moderation.actions.acting import may_begin, of_person
from moderation.actions.recalling import Preview, preview_recall
from moderation.errors import PastTime
from moderation.models import AuditEntry
from moderation.moderators import ACT_ON_MESSAGES, ACT_ON_PEOPLE, Moderator

__all__ = ["Preview", "ban", "disconnect", "mute", "preview_recall", "unban", "unmute", "warn"]


def mute(
    moderator: Moderator, userid: str, reason: str, until: int | None = None, group: int | None = None
) -> AuditEntry:
    """The person may read but not write: everywhere, or in one group; until a second since 1970, or for good.
    Raises NotFound and PastTime."""
    _may_act(moderator, "person.mute", userid, reason, until)
    with transaction.atomic():
        name = sanctions.name_of(group)
        before = sanctions.muted_before(sanctions.lock(userid), group)
        log_id = None
        if before != sanctions.so(until, reason):
            log_id = sanctions.mute(userid, group, until, reason)
            _tell(userid, wording.muted(until, name), reason)
        details = {"until": until, "group": group, "before": before}
        return audit.record(moderator, "person.mute", of_person(userid), reason, log_id, **details)


def unmute(moderator: Moderator, userid: str, reason: str, group: int | None = None) -> AuditEntry:
    """The person may write again: everywhere, or in one group. Raises NotFound."""
    _may_act(moderator, "person.unmute", userid, reason)
    with transaction.atomic():
        name = sanctions.name_of(group)
        before = sanctions.muted_before(sanctions.lock(userid), group)
        log_id = None
        if before["is_so"]:
            log_id = sanctions.unmute(userid, group, reason)
            _tell(userid, wording.unmuted(name), reason)
        details = {"group": group, "before": before}
        return audit.record(moderator, "person.unmute", of_person(userid), reason, log_id, **details)


def ban(
    moderator: Moderator, userid: str, reason: str, until: int | None = None, recall_hours: int = 0
) -> AuditEntry:
    """Nobody comes in as this person: sockets close; sessions and tokens end for good. Until a second since
    1970, or for good. `recall_hours`: the messages of the last so many hours are recalled afterwards, a
    portion in each transaction, with entries `person.recall` of their own. Raises NotFound and PastTime."""
    if recall_hours:
        moderator.require(ACT_ON_MESSAGES, "person.ban", of_person(userid))
    _may_act(moderator, "person.ban", userid, reason, until)
    with transaction.atomic():
        before = sanctions.banned_before(sanctions.lock(userid))
        if before != sanctions.so(until, reason):
            # First, so that open connections get it before they close.
            _tell(userid, wording.banned(until), reason)
        log_id = services.set_standing(userid, locked=True, until=until, reason=reason)
        details = {"until": until, "recall_hours": recall_hours, "before": before}
        entry = audit.record(moderator, "person.ban", of_person(userid), reason, log_id, **details)
    if recall_hours:
        recalling.recall_recent(moderator, entry, userid, recall_hours)
    return entry


def unban(moderator: Moderator, userid: str, reason: str) -> AuditEntry:
    """The person may come in again, with a new session or token. Raises NotFound."""
    _may_act(moderator, "person.unban", userid, reason)
    with transaction.atomic():
        before = sanctions.banned_before(sanctions.lock(userid))
        log_id = services.set_standing(userid, locked=False, reason=reason)
        if log_id is not None:
            _tell(userid, wording.unbanned(), reason)
        return audit.record(moderator, "person.unban", of_person(userid), reason, log_id, before=before)


def disconnect(moderator: Moderator, userid: str, reason: str) -> AuditEntry:
    """Close the person's sockets; they may come back at once. Raises NotFound."""
    _may_act(moderator, "person.disconnect", userid, reason)
    with transaction.atomic():
        sanctions.lock(userid)
        log_id = services.disconnect(userid, reason)
        return audit.record(moderator, "person.disconnect", of_person(userid), reason, log_id)


def warn(moderator: Moderator, userid: str, reason: str) -> AuditEntry:
    """Tell the person the reason, and do nothing. Raises NotFound."""
    _may_act(moderator, "person.warn", userid, reason)
    with transaction.atomic():
        sanctions.lock(userid)
        log_id = services.warn(userid, reason)
        _tell(userid, wording.warned(), reason)
        return audit.record(moderator, "person.warn", of_person(userid), reason, log_id)


def _may_act(moderator: Moderator, action: str, userid: str, reason: str, until: int | None = None) -> None:
    may_begin(moderator, ACT_ON_PEOPLE, action, of_person(userid), reason)
    moderator.require_others([userid], action, of_person(userid))
    if until is not None and until <= time.time():
        raise PastTime


def _tell(userid: str, text: str, reason: str) -> None:
    tell(userid, wording.with_reason(text, reason))
