"""The conversations of a person: with people, and in each group that the person is or was in."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import Q, QuerySet

from keeping.exporting.portions import names_of
from log.group_models import ANY_ID
from log.models import ARE_MESSAGES, Conversation, Group, Membership, Message
from log.rows import GROUP, MEMBERSHIP, NOTICES, GroupChange, LogId, Recipient
from log.stored_rows import as_row

# What the content of a row has that gives a group another name.
_NAMED = '"name":'


class Talk(NamedTuple):
    """`title`: what the person knows as its name. `number`: its place among all of them, from 1 on."""

    number: int
    peer: Recipient
    title: str


def talks_of(userid: str) -> list[Talk]:
    """With people first; each in the order in which it was begun."""
    titles = [*_people(userid), *_groups(userid)]
    return [Talk(number, peer, title) for number, (peer, title) in enumerate(titles, 1)]


def count(userid: str) -> int:
    """How many messages there are in all of them, and notices in groups: to show how far an export has
    come."""
    messages = Message.objects.filter(ARE_MESSAGES)
    written = messages.filter(sender=userid, group=None).count()
    received = messages.filter(recipient=userid).exclude(sender=userid).count()
    return written + received + sum(rows.count() for rows in _in_groups(userid))


def _people(userid: str) -> Iterator[tuple[Recipient, str]]:
    peers = Conversation.objects.filter(user=userid, peer__isnull=False).order_by("pk")
    userids = [str(peer) for peer in peers.values_list("peer", flat=True)]
    names = names_of(userids)
    yield from ((peer, names[peer]) for peer in userids)


def _groups(userid: str) -> Iterator[tuple[Recipient, str]]:
    periods = Membership.objects.filter(user=userid, last_id__gt=0)
    ends: dict[int, LogId] = {}
    for group, until in periods.order_by("since_id").values_list("group_id", "until_id"):
        ends[group] = ANY_ID if until is None else until
    for group, end in ends.items():
        yield group, name_of(group, end)


def name_of(group_id: int, end: LogId) -> str:
    """What the group was called at the row `end`, when somebody left it; later names were not told to
    them."""
    name = Group.objects.values_list("name", flat=True).get(pk=group_id)
    if end == ANY_ID:
        return name
    named = list(_name_changes(group_id))
    before = [earlier_name for id_, earlier_name in named if id_ < end]
    if before:
        return before[-1]
    # Where the row by which they left is gone, so may be later ones that gave it another name.
    is_known = not named and Message.objects.filter(pk=end).exists()
    return name if is_known else str(group_id)


def _name_changes(group_id: int) -> Iterator[tuple[LogId, str]]:
    notices = Message.objects.filter(group=group_id, kind=GROUP, content__contains=_NAMED)
    for id_, content, timet in notices.order_by("id").values_list("id", "content", "timet"):
        notice = as_row(id_, GROUP, None, None, group_id, content, "", timet)
        # Somebody may have written those letters into something else.
        if isinstance(notice, GroupChange) and "name" in notice.changed:
            yield id_, str(notice.changed["name"])


def _in_groups(userid: str) -> Iterator[QuerySet[Message]]:
    rows = Message.objects.filter(ARE_MESSAGES | Q(kind__in=NOTICES))
    periods = Membership.objects.filter(user=userid, last_id__gt=0)
    for group, since, until in periods.values_list("group_id", "since_id", "until_id"):
        begun = Q(id__gt=since) | Q(id=since, kind=MEMBERSHIP)
        yield rows.filter(begun, group=group, id__lt=ANY_ID if until is None else until)
