"""Reading the log. Pages are bounded by id, never by time alone: several rows share a second."""

from heapq import merge
from itertools import islice
from operator import attrgetter

from django.db.models import F, Q, QuerySet

from chat.events import NOTICE, Entry
from chat.models import ENTRY_FIELDS, Message, as_entry
from groups.models import Group, Membership

_by_id = attrgetter("id")


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
    return _entries(Message.objects.filter(id__gt=after), limit)


def backlog(userid: str, after: int, upto: int, limit: int) -> list[Entry]:
    """The next rows that are for `userid`, with after < id ≤ upto: what others wrote to the person, and to
    groups while the person was in them."""
    span = Q(id__gt=after, id__lte=upto)
    unicast = Message.objects.filter(span, recipient=userid).exclude(sender=userid)
    groups = _within_stays(userid).filter(span).exclude(sender=userid)
    return _merged([unicast, groups], limit)


def unicast_history(userid: str, peer: str, after: int, limit: int) -> list[Entry]:
    """The next messages between two people, either way."""
    rows = Message.objects.filter(id__gt=after)
    pairs = {(userid, peer), (peer, userid)}
    return _merged([rows.filter(sender=sender, recipient=to) for sender, to in pairs], limit)


def group_history(userid: str, group_id: int, after: int, limit: int) -> list[Entry]:
    """The next messages in a group, of those written while `userid` was in it."""
    rows = _within_stays(userid).filter(group=group_id, id__gt=after)
    return _entries(rows.exclude(kind=NOTICE), limit)


def group_ids_of(userid: str) -> tuple[set[str], int]:
    """The groups the person is in, and an id of the log: what happened to them later has a greater one."""
    ids = Membership.objects.current().filter(user=userid).values_list("group", flat=True)
    # In this order: the last row may be newer than the memberships, never older.
    return set(map(str, ids)), last_id()


def is_member(userid: str, group_id: int) -> bool:
    """Whether the person is in the group now."""
    return Membership.objects.current().filter(user=userid, group=group_id).exists()


def is_group(group_id: int) -> bool:
    """Whether there is such a group, and it was not dissolved."""
    return Group.objects.alive().filter(pk=group_id).exists()


def _within_stays(userid: str) -> QuerySet[Message]:
    """What stands in the log of the person's groups, then or now, between each coming and going."""
    stay = "group__memberships__"
    return Message.objects.filter(
        Q(**{f"{stay}until_id": None}) | Q(id__lt=F(f"{stay}until_id")),
        **{f"{stay}user": userid},
        id__gt=F(f"{stay}since_id"),
    )


def _merged(querysets: list[QuerySet[Message]], limit: int) -> list[Entry]:
    return list(islice(merge(*(_entries(rows, limit) for rows in querysets), key=_by_id), limit))


def _entries(rows: QuerySet[Message], limit: int) -> list[Entry]:
    # Not as instances of the model: making those costs more than reading the rows.
    return [as_entry(*fields) for fields in rows.order_by("id").values_list(*ENTRY_FIELDS)[:limit]]
