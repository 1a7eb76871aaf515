"""Finds undelivered messages, and stores notices of them, which are sent afterwards.

The work is done in portions. Each is a transaction and may be repeated: nobody is notified twice of the same
message, because `Person.told_id` advances in the transaction that stores the notice.
"""

import json
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q

from accounts.models import User
from chat.models import Device
from chat.readers.reader import cursor_of
from log import positions
from log.models import ARE_MESSAGES, Conversation, Membership, Message
from log.rows import LogId, conversation_name
from notifications import lease
from notifications.bundles import Unread, unread_since
from notifications.events import NOTICE
from notifications.models import Delivery, Pending, Person, Waiting
from notifications.notices.quiet import Quiet, quiet_until
from notifications.notices.reading import NAME, PROMPT_SECONDS, SLACK_SECONDS
from notifications.providers import NoticeTarget, Provider, all_providers
from notifications.pushes import notice_body

# Rows per portion.
MAX_PEOPLE_AT_ONCE = 100
# People per transaction that stores notices for their devices: on SQLite, messages wait for it.
MAX_NOTIFIED = 25
# Members of a group per query.
MAX_MEMBERS_AT_ONCE = 500
# Conversations per device that are pushed at once, those with the newest messages.
MAX_PUSHES = 10
# A person who is online and has not received a message is checked again after this time.
AGAIN_SECONDS = 6.0


class _DueCheck(NamedTuple):
    """One check for due notices. `read`: the last row that the log reader noted; people who are offline are
    notified up to it. `upto`: the last row that is overdue; other people are notified up to it."""

    holder: str
    now: float
    read: LogId
    upto: LogId
    providers: Sequence[Provider]
    is_online: Callable[[str], bool]

    @property
    def anybody_may_be_target(self) -> bool:
        """Whether people who are in no provider's table may have a target too."""
        return any(not provider.people for provider in self.providers)


def _always_online(_userid: str) -> bool:
    return True


def store_due(holder: str, now: float, is_online: Callable[[str], bool] = _always_online) -> int:
    """Store a portion of the due notices. Return the number of people notified and conversations checked; 0
    if nothing is due. `is_online(userid)`: whether the person may still receive messages without a notice.
    Raises lease.LeaseLost if another process sends."""
    is_due = Q(due_at__lte=now)
    if not (
        Waiting.objects.filter(is_due | Q(prompt_at__lte=now)).exists()
        or Pending.objects.filter(is_due).exists()
    ):
        return 0
    read, used = cursor_of(NAME), [provider for provider in all_providers() if provider.is_used()]
    check = _DueCheck(holder, now, read, _last_overdue_id(now, read), used, is_online)
    return (
        _mark_offline_people(check)
        + _mark_due_people(check)
        + _mark_due_groups(check)
        + _store_notices(check)
    )


def _last_overdue_id(now: float, read: LogId) -> LogId:
    # If the clock was set back, rows are dated in the future, and their times do not show their age.
    if Message.objects.filter(pk=read, timet__gt=now + SLACK_SECONDS).exists():
        return read
    second = math.floor(now - settings.IM66.push_after_seconds - SLACK_SECONDS)
    last = positions.last_id_before(second + 1)
    return read if last is None else min(read, last)


def _mark_offline_people(check: _DueCheck) -> int:
    """Mark the offline recipients of new messages as pending: their devices are pushed at once."""
    due = list(Waiting.objects.filter(prompt_at__lte=check.now).order_by("prompt_at")[:MAX_PEOPLE_AT_ONCE])
    for waiting in due:
        last = min(waiting.last_id, check.read)
        pages = [[waiting.user_id]] if waiting.user_id else _member_pages(waiting, last, check)
        people = list(chain.from_iterable(pages))
        offline = [userid for userid in people if not check.is_online(userid)]
        again = check.now + AGAIN_SECONDS if len(offline) < len(people) else None
        _mark_in_portions(offline, waiting.first_id - 1, check)
        with lease.fenced(check.holder):
            rows = Waiting.objects.filter(pk=waiting.pk)
            unchanged = rows.filter(last_id=waiting.last_id)
            is_checked = waiting.last_id <= check.read and unchanged.update(prompt_at=again)
            if not is_checked:
                rows.update(prompt_at=check.now + PROMPT_SECONDS)
    return len(due)


def _mark_due_people(check: _DueCheck) -> int:
    with lease.fenced(check.holder):
        waiting = _lock_available(
            Waiting.objects.filter(user__isnull=False, due_at__lte=check.now)[:MAX_PEOPLE_AT_ONCE]
        )
        _mark_pending([(str(row.user_id), row.first_id - 1) for row in waiting], check)
        _remove_checked(waiting, check)
    return len(waiting)


def _mark_due_groups(check: _DueCheck) -> int:
    due = list(Waiting.objects.filter(group__isnull=False, due_at__lte=check.now)[:MAX_PEOPLE_AT_ONCE])
    for waiting in due:
        _mark_due_group(waiting, check)
    return len(due)


def _mark_due_group(waiting: Waiting, check: _DueCheck) -> None:
    messages = Message.objects.filter(
        ARE_MESSAGES, group=waiting.group_id, id__gte=waiting.first_id, id__lte=check.upto
    )
    last = messages.order_by("-id").values_list("id", flat=True).first()
    for members in _member_pages(waiting, last, check) if last is not None else ():
        _mark_in_portions(members, waiting.first_id - 1, check)
    with lease.fenced(check.holder):
        _remove_checked(_lock_available(Waiting.objects.filter(pk=waiting.pk)), check)


def _member_pages(waiting: Waiting, last: LogId, check: _DueCheck) -> Iterator[list[str]]:
    """Yield the group's members who may not have received the row `last`, in portions."""
    members = _next_behind(waiting.group_id, last, "", check)
    while members:
        yield members
        members = (
            _next_behind(waiting.group_id, last, members[-1], check)
            if len(members) == MAX_MEMBERS_AT_ONCE
            else []
        )


def _lock_available(rows: Any) -> list[Waiting]:
    # Without waiting for locked rows: their holder, the log reader, may wait for a row of ours.
    return list(rows.select_for_update(skip_locked=True, of=("self",)))


def _remove_checked(waiting: Collection[Waiting], check: _DueCheck) -> None:
    """Remove the rows whose messages are all checked up to `upto`. Defer the others, with their later
    messages, to another check."""
    rows = Waiting.objects.filter(pk__in=[row.pk for row in waiting])
    rows.filter(last_id__lte=check.upto).delete()
    rows.update(first_id=check.upto + 1, due_at=check.now + settings.IM66.push_after_seconds)


def _mark_in_portions(userids: Sequence[str], since: LogId, check: _DueCheck) -> None:
    """Mark people as pending in several transactions: on SQLite, messages would wait for a long one."""
    for begin in range(0, len(userids), MAX_PEOPLE_AT_ONCE):
        with lease.fenced(check.holder):
            _mark_pending([(userid, since) for userid in userids[begin : begin + MAX_PEOPLE_AT_ONCE]], check)


def _mark_pending(people: Iterable[tuple[str, LogId]], check: _DueCheck) -> None:
    values = [(userid, since, check.now) for userid, since in people]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(_MARK_PENDING, values)


def _next_behind(group: int | None, last: LogId, after: str, check: _DueCheck) -> list[str]:
    """Return the group's next members after the userid `after` who may not have received the row `last`, in
    the order of their userids."""
    tables = {provider.people for provider in check.providers}
    has_target = " OR ".join(_IN_TABLE.format(table=table) for table in tables) or "false"
    with connection.cursor() as cursor:
        those = "" if check.anybody_may_be_target else f"AND ({has_target})"
        cursor.execute(_BEHIND.format(those=those), [group, after, *[last] * 4])
        return [userid for (userid,) in cursor.fetchall()]


def _store_notices(check: _DueCheck) -> int:
    """Store the notices of pending people, except in their quiet hours."""
    # Read before the transaction, because on SQLite it blocks other writers. Only this process changes the
    # rows.
    pending = list(Pending.objects.filter(due_at__lte=check.now).order_by("due_at")[:MAX_NOTIFIED])
    quiet = quiet_ends([row.user_id for row in pending], check.now)
    since = {row.user_id: row.since_id for row in pending if row.user_id not in quiet}
    offline = {userid: after for userid, after in since.items() if not check.is_online(userid)}
    online = {userid: after for userid, after in since.items() if userid not in offline}
    unread = [(unread_since(online, check.upto), check.upto), (unread_since(offline, check.read), check.read)]
    with lease.fenced(check.holder):
        for unread_of, upto in unread:
            _store(unread_of, upto, since, check)
        Pending.objects.filter(user__in=since).delete()
        for userid, end in quiet.items():
            Pending.objects.filter(user=userid).update(due_at=end)
    return len(pending)


def quiet_ends(userids: Collection[str], now: float) -> dict[str, float]:
    """Return the people who have a quiet hour now, with the time when it ends."""
    ends: dict[str, float] = {}
    for person in _with_quiet_hours(userids):
        end = quiet_until(Quiet(*_hours(person), person.quiet_zone), now)
        if end is not None:
            ends[person.user_id] = end
    return ends


def _with_quiet_hours(userids: Collection[str]) -> Iterable[Person]:
    return Person.objects.filter(user__in=userids, quiet_from__isnull=False) if userids else ()


def _hours(person: Person) -> tuple[int, int]:
    assert person.quiet_from is not None
    assert person.quiet_to is not None
    return person.quiet_from, person.quiet_to


def _store(
    unread_of: dict[str, list[Unread]], upto: LogId, since: Mapping[str, LogId], check: _DueCheck
) -> None:
    made = [
        delivery
        for provider in check.providers
        for delivery in _deliveries(provider, unread_of, since, check.now)
    ]
    Delivery.objects.bulk_create(made)
    with connection.cursor() as cursor:
        if unread_of:
            cursor.executemany(_MARK_NOTIFIED, [(userid, upto) for userid in sorted(unread_of)])


def _deliveries(
    provider: Provider, unread_of: dict[str, list[Unread]], since: Mapping[str, LogId], now: float
) -> Iterator[Delivery]:
    """Yield one delivery for each target, or one for each conversation of a target. If a target in a lane has
    a queued notice already, update that one to the last message. It may be under way at this moment: then the
    queue keeps it and sends it again, because the device may have fetched too early to see the last
    message."""
    targets = list(provider.targets(unread_of))
    queued = _queued_notices(provider, [target.id for target in targets]) if provider.is_in_lanes else {}
    quiet = _quiet_ends_of_devices(targets, now)
    for target in targets:
        unread = unread_of[target.userid]
        single = [[item] for item in unread[:MAX_PUSHES]]
        for bundle in single if provider.is_by_conversation else [unread]:
            conversation = conversation_name(bundle[0].peer) if provider.is_by_conversation else ""
            if id_ := queued.get((target.id, conversation)):
                Delivery.objects.filter(pk=id_, is_dead=False).update(log_id=bundle[0].last)
                continue
            delivery = Delivery.due_now(
                now,
                event=NOTICE,
                key=target.userid,
                lane=target.lane,
                log_id=bundle[0].last,
                body=_delivery_body(provider, bundle, since[target.userid]),
                **provider.delivery_fields(target.id),
            )
            delivery.due_at = max(quiet.get(target.id, now), target.ready_at)
            yield delivery


def _quiet_ends_of_devices(targets: Sequence[NoticeTarget], now: float) -> dict[int, float]:
    """Return the devices that have a quiet hour now in the time zone that they report, with the time when it
    ends."""
    with_zone = [target for target in targets if target.time_zone]
    people = {person.user_id: person for person in _with_quiet_hours({target.userid for target in with_zone})}
    ends = {
        target.id: quiet_until(Quiet(*_hours(people[target.userid]), target.time_zone), now)
        for target in with_zone
        if target.userid in people
    }
    return {id_: end for id_, end in ends.items() if end is not None}


def _queued_notices(provider: Provider, ids: Sequence[int]) -> dict[tuple[int | None, str], int]:
    """Return the ids of the queued notices to these targets, by target and conversation."""
    # Some versions of SQLite take no more than 999 parameters.
    portions = [ids[start : start + MAX_MEMBERS_AT_ONCE] for start in range(0, len(ids), MAX_MEMBERS_AT_ONCE)]
    waiting = [
        Delivery.objects.filter(provider.deliveries_to(some), event=NOTICE, is_dead=False)
        for some in portions
    ]
    return {
        (target, body.partition(" ")[0]): id_
        for rows in waiting
        for id_, target, body in rows.values_list("pk", "target_id", "body")
    }


def _delivery_body(provider: Provider, unread: list[Unread], since: LogId) -> str:
    if provider.is_by_conversation:
        return notice_body(conversation_name(unread[0].peer), since)
    if provider.is_in_lanes:
        return ""
    conversations = [
        {
            "conversation": conversation_name(conversation.peer),
            "count": conversation.number,
            "last": conversation.last,
            **({"mentioned": conversation.mentioned} if conversation.mentioned else {}),
        }
        for conversation in unread
    ]
    return json.dumps(conversations, ensure_ascii=False, separators=(",", ":"))


_PENDING, _PERSON = Pending._meta.db_table, Person._meta.db_table
_MARK_PENDING = (
    f"INSERT INTO {_PENDING} (user_id, since_id, due_at) VALUES (%s, %s, %s) ON CONFLICT (user_id) DO UPDATE "
    f"SET since_id = excluded.since_id WHERE excluded.since_id < {_PENDING}.since_id"
)
_MARK_NOTIFIED = (
    f"INSERT INTO {_PERSON} (user_id, told_id, quiet_zone) VALUES (%s, %s, '') ON CONFLICT (user_id) "
    f"DO UPDATE SET told_id = excluded.told_id WHERE excluded.told_id > {_PERSON}.told_id"
)
_IN_TABLE = "EXISTS (SELECT 1 FROM {table} AS target WHERE target.user_id = period.user_id)"
# A member who has received the last message has received the earlier ones too. The others are checked one by
# one later.
_BEHIND = f"""
    SELECT period.user_id FROM {Membership._meta.db_table} AS period
    JOIN {User._meta.db_table} AS person ON person.userid = period.user_id
    LEFT JOIN {Conversation._meta.db_table} AS mine
        ON mine.user_id = period.user_id AND mine.group_id = period.group_id
    WHERE period.group_id = %s AND period.until_id IS NULL AND period.user_id > %s
        AND person.is_active AND NOT COALESCE(mine.muted, false)
        AND period.since_id < %s AND person.delivered_id < %s AND COALESCE(mine.read_id, 0) < %s
        AND COALESCE((SELECT max(acked_id) FROM {Device._meta.db_table} AS device
            WHERE device.user_id = period.user_id), 0) < %s {{those}}
    ORDER BY period.user_id LIMIT {MAX_MEMBERS_AT_ONCE}
"""
