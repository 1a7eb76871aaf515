"""Reading the log. Pages are bounded by id, never by time alone: several rows share a second. And they are
bounded by what they weigh: a page ends with the row that fills it, so it may have fewer rows than were asked
for, but never none while there are some.
"""

from collections.abc import Collection
from heapq import merge
from operator import attrgetter
from typing import Any

from django.db import DatabaseError
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest, Substr

from accounts.models import User
from chat.events import NOTICE, PAGE_CHARACTERS, Entry
from chat.models import ENTRY_FIELDS, Message, as_entry
from groups.models import Group, Membership

_by_id = attrgetter("id")

# Of a row with more in either, a page first reads no more: it may be past the page's end.
LIGHT_CHARACTERS = 2048
# No row will have this id.
_ALWAYS = 2**63 - 1


def last_id() -> int:
    """The id of the last row of the log, 0 if it is empty."""
    return Message.objects.order_by("-id").values_list("id", flat=True).first() or 0


def first_id_since(second: int) -> int | None:
    """The id of the first row with that time or a later one, None if there is none."""
    return (
        Message.objects.filter(timet__gte=second).order_by("timet", "id").values_list("id", flat=True).first()
    )


def rows_after(after: int, limit: int) -> list[Entry]:
    """The next rows of the log, whoever they are for."""
    return _page([Message.objects.filter(id__gt=after)], limit)[0]


def backlog(userid: str, after: int, upto: int, limit: int) -> list[Entry]:
    """The next rows that are for `userid`, with after < id ≤ upto: what others wrote to the person, and to
    groups while the person was in them."""
    span = Q(id__gt=after, id__lte=upto)
    unicast = Message.objects.filter(span, recipient=userid).exclude(sender=userid)
    groups = _within_stays(userid).filter(span).exclude(sender=userid)
    return _page([unicast, groups], limit)[0]


def unicast_history(userid: str, peer: str, after: int, limit: int) -> tuple[list[Entry], bool]:
    """The next messages between two people, either way; and whether there are more."""
    rows = Message.objects.filter(id__gt=after)
    pairs = {(userid, peer), (peer, userid)}
    return _page([rows.filter(sender=sender, recipient=to) for sender, to in pairs], limit)


def group_history(userid: str, group_id: int, after: int, limit: int) -> tuple[list[Entry], bool]:
    """The next messages in a group, of those written while `userid` was in it; and whether there are more."""
    rows = _within_stays(userid).filter(group=group_id, id__gt=after)
    return _page([rows.exclude(kind=NOTICE)], limit)


def group_ids_of(userids: Collection[str]) -> dict[str, set[str]]:
    """The groups each person is in."""
    found: dict[str, set[str]] = {userid: set() for userid in userids}
    stays = Membership.objects.current().filter(user__in=userids)
    for userid, group_id in stays.values_list("user", "group"):
        found[userid].add(str(group_id))
    return found


def with_unread(userids: Collection[str]) -> set[str]:
    """Those for whom the log has something after what was delivered to them."""
    to_person = Message.objects.filter(recipient=OuterRef("pk"), id__gt=OuterRef("delivered_id"))
    people = User.objects.filter(pk__in=userids)
    # Of two bounds the later one: a database that begins at the other reads all that lies between.
    after = Greatest(OuterRef("since_id"), OuterRef("user__delivered_id"))
    until = Coalesce(OuterRef("until_id"), _ALWAYS)
    to_group = Message.objects.filter(group=OuterRef("group"), id__gt=after, id__lt=until)
    stays = Membership.objects.filter(user__in=userids)
    return {
        *_having(people, to_person.exclude(sender=OuterRef("pk"))).values_list("pk", flat=True),
        *_having(stays, to_group.exclude(sender=OuterRef("user"))).values_list("user", flat=True),
    }


def is_member(userid: str, group_id: int) -> bool:
    """Whether the person is in the group now."""
    return Membership.objects.current().filter(user=userid, group=group_id).exists()


def is_group(group_id: int) -> bool:
    """Whether there is such a group, and it was not dissolved."""
    return Group.objects.alive().filter(pk=group_id).exists()


def _having(rows: QuerySet[Any], messages: QuerySet[Message]) -> QuerySet[Any]:
    """Those of `rows` for which there is one of the correlated `messages`."""
    # Not by EXISTS: PostgreSQL makes it a join that may read the whole log.
    first = Subquery(messages.order_by("id").values("id")[:1])
    having: QuerySet[Any] = rows.annotate(first=first).exclude(first=None)
    return having


def _within_stays(userid: str) -> QuerySet[Message]:
    """What stands in the log of the person's groups, then or now, between each coming and going."""
    stay = "group__memberships__"
    return Message.objects.filter(
        Q(**{f"{stay}until_id": None}) | Q(id__lt=F(f"{stay}until_id")),
        **{f"{stay}user": userid},
        id__gt=F(f"{stay}since_id"),
    )


def _page(querysets: list[QuerySet[Message]], limit: int) -> tuple[list[Entry], bool]:
    """The first rows of all in the order of their ids, as many as fill a page, and whether there are more."""
    found = merge(*(_outlines(rows, limit + 1) for rows in querysets), key=_by_id)
    page: list[Entry] = []
    room = PAGE_CHARACTERS
    for entry in found:
        page.append(_whole(entry.id) if _is_outline(entry) else entry)
        room -= len(page[-1].content) + len(page[-1].extension)
        if room < 0 or len(page) == limit:
            break
    return page, next(found, None) is not None


def _outlines(rows: QuerySet[Message], limit: int) -> list[Entry]:
    """The rows, with the beginnings of what is long in them."""
    # Not as instances of the model: making those costs more than reading the rows.
    return [as_entry(*fields) for fields in rows.order_by("id").values_list(*_OUTLINE)[:limit]]


def _is_outline(entry: Entry) -> bool:
    return len(entry.content) > LIGHT_CHARACTERS or len(entry.extension) > LIGHT_CHARACTERS


def _whole(id: int) -> Entry:
    fields = Message.objects.filter(pk=id).values_list(*ENTRY_FIELDS).first()
    if fields is None:
        raise DatabaseError("a row was removed while it was read")
    return as_entry(*fields)


_OUTLINE = [
    Substr(field, 1, LIGHT_CHARACTERS + 1) if field in ("content", "extension") else field
    for field in ENTRY_FIELDS
]
