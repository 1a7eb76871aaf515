"""The conversations of a person: with people, and in each current or former group of the person."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import Q, QuerySet

from keeping.exporting.portions import names_of
from log.group_models import ANY_ID
from log.models import ARE_MESSAGES, Conversation, Group, Membership, Message
from log.rows import GROUP, MEMBERSHIP, NOTICES, GroupChange, LogId, Recipient
from log.stored_rows import as_row

# The content of a notice about a group's new name contains this.
_NAME_FIELD = '"name":'


class Talk(NamedTuple):
    """A conversation. `title`: its name as the person knows it. `number`: its number in the export, from 1
    on."""

    number: int
    peer: Recipient
    title: str


def talks_of(userid: str) -> list[Talk]:
    """Return the conversations with people, then those in groups, each in the order of their beginning."""
    titles = [*_person_titles(userid), *_group_titles(userid)]
    return [Talk(number, peer, title) for number, (peer, title) in enumerate(titles, 1)]


def count_rows(userid: str) -> int:
    """Return the number of messages and notices in all conversations, for the progress display."""
    messages = Message.objects.filter(ARE_MESSAGES)
    written = messages.filter(sender=userid, group=None).count()
    received = messages.filter(recipient=userid).exclude(sender=userid).count()
    return written + received + sum(rows.count() for rows in _rows_in_groups(userid))


def _person_titles(userid: str) -> Iterator[tuple[Recipient, str]]:
    peers = Conversation.objects.filter(user=userid, peer__isnull=False).order_by("pk")
    userids = [str(peer) for peer in peers.values_list("peer", flat=True)]
    names = names_of(userids)
    yield from ((peer, names[peer]) for peer in userids)


def _group_titles(userid: str) -> Iterator[tuple[Recipient, str]]:
    periods = Membership.objects.filter(user=userid, last_id__gt=0)
    ends: dict[int, LogId] = {}
    for group, until in periods.order_by("since_id").values_list("group_id", "until_id"):
        ends[group] = ANY_ID if until is None else until
    for group, end in ends.items():
        yield group, name_of(group, end)


def name_of(group_id: int, end: LogId) -> str:
    """Return the group's name at the log row `end`, by which a member has left it: a former member must not
    learn later names. Return the group's id if that name is not known."""
    name = Group.objects.values_list("name", flat=True).get(pk=group_id)
    if end == ANY_ID:
        return name
    changes = list(_name_changes(group_id))
    before = [earlier_name for id_, earlier_name in changes if id_ < end]
    if before:
        return before[-1]
    # If the row of the leaving was pruned, later changes of the name may have been pruned as well.
    is_known = not changes and Message.objects.filter(pk=end).exists()
    return name if is_known else str(group_id)


def _name_changes(group_id: int) -> Iterator[tuple[LogId, str]]:
    notices = Message.objects.filter(group=group_id, kind=GROUP, content__contains=_NAME_FIELD)
    for id_, content, timet in notices.order_by("id").values_list("id", "content", "timet"):
        notice = as_row(id_, GROUP, None, None, group_id, content, "", timet)
        # A user may have written the same characters into another field.
        if isinstance(notice, GroupChange) and "name" in notice.changed:
            yield id_, str(notice.changed["name"])


def _rows_in_groups(userid: str) -> Iterator[QuerySet[Message]]:
    rows = Message.objects.filter(ARE_MESSAGES | Q(kind__in=NOTICES))
    periods = Membership.objects.filter(user=userid, last_id__gt=0)
    for group, since, until in periods.values_list("group_id", "since_id", "until_id"):
        begun = Q(id__gt=since) | Q(id=since, kind=MEMBERSHIP)
        yield rows.filter(begun, group=group, id__lt=ANY_ID if until is None else until)
