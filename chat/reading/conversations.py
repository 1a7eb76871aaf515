"""The conversations of a person: what is unread in them, and how far the person has read.

Nothing is written for a message and each of its recipients. What is unread is counted in the log when
somebody asks, from the read mark on.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from django.conf import settings

from accounts.codes import Name
from accounts.statements import fetch
from chat.failures import CommandRefused
from chat.naming import names_of
from chat.reading.clearing import own_conversation
from chat.reading.conversation_statements import (
    MAX_UNREAD_MESSAGES,
    OwnSettings,
    groups_statement,
    people_statement,
)
from chat.reading.filling import LIGHT_CHARACTERS, OUTLINE
from chat.reading.snapshot import snapshot
from log.amendments import AS_SENT, Latest, edited, latest_of
from log.models import Block, HeldMessage, Message
from log.reach import waiting_apart
from log.rows import Entry, LogId, MembershipNotice, Recipient
from log.stored_rows import ROW_FIELDS, as_row

# How many rows are read by their ids at once. Some versions of SQLite allow only 999 parameters.
_MAX_IDS_PER_QUERY = 500


class LastMessage(NamedTuple):
    """The last message of a conversation as it is now. A recalled one has neither content nor extension.
    `edited`: the row that gave it its content; None if that is the first one. `is_cut`: the content, the
    extension or the details are longer than LIGHT_CHARACTERS, and these are their beginnings. `by_desk`: a
    moderator has recalled it."""

    entry: Entry
    edited: LogId | None
    recalled: bool
    is_cut: bool
    by_desk: bool = False


class ListedConversation(NamedTuple):
    """A conversation as its person sees it. `picture` refers to the picture of the other person or the group;
    empty for the default one. `is_bot`: the other person is a program. `last`: the last message that the
    person may read. `unread`: how many messages of others come after the read mark, at most
    MAX_UNREAD_MESSAGES. `read`: the read mark. `role`: in the group; empty for a person. `read_by_other`: the
    read mark of the other person; None where there is none, or the person is not told of it. `joined`: how
    the person came into a group in which nobody has written since. `is_removed`: it is off the list.
    `mentioned`: how many of the unread ones mention the person. `is_apart`: it waits as a request of somebody
    who does not come onto the list at once."""

    peer: Recipient
    title: str
    picture: str
    is_bot: bool
    last: LastMessage | None
    unread: int
    read: LogId
    role: str
    own: OwnSettings
    read_by_other: LogId | None = None
    joined: MembershipNotice | None = None
    is_removed: bool = False
    mentioned: int = 0
    is_apart: bool = False


class StoredConversation(NamedTuple):
    """What the database has of a conversation. `since`: the person has been in the group since then.
    `joined`: the notice of that, if nobody has written since."""

    peer: Recipient
    since: LogId
    role: str
    read: LogId
    own: OwnSettings
    last: LogId
    unread: int
    read_by_other: LogId | None = None
    joined: LogId = 0
    mentioned: int = 0

    @property
    def latest(self) -> LogId:
        """What was written last, or how the person came."""
        return max(self.last, self.since)

    @property
    def is_removed(self) -> bool:
        return 0 < self.own.removed_id >= self.latest


def conversations_of(userid: str, peers: Collection[Recipient] | None = None) -> list[ListedConversation]:
    """The person's conversations, latest first: with people, and in the groups that the person is in now,
    without those that the person has removed from the list. `peers`: only those with these, removed or not.
    The number of statements does not depend on the number of conversations, up to 500 of them."""
    with snapshot():
        all_ = _stored_conversations(userid, peers)
        listed = sorted(
            (conversation for conversation in all_ if peers is not None or not conversation.is_removed),
            key=_latest_first,
        )
        last = _last_messages(userid, [conversation.last for conversation in listed if conversation.last])
        names = names_of([conversation.peer for conversation in listed])
        joined = _membership_notices([conversation.joined for conversation in listed if conversation.joined])
        apart = waiting_apart(
            userid, [str(conversation.peer) for conversation in listed if conversation.own.request]
        )
    return [
        ListedConversation(
            conversation.peer,
            *names[conversation.peer],
            last.get(conversation.last),
            conversation.unread,
            conversation.read,
            conversation.role,
            conversation.own,
            conversation.read_by_other if settings.IM66.read_receipts else None,
            joined.get(conversation.joined),
            conversation.is_removed,
            conversation.mentioned,
            conversation.peer in apart,
        )
        for conversation in listed
    ]


def unread_of(userid: str, peer: Recipient) -> int:
    """How many messages of others the person could read after the read mark in this conversation, without
    those that are recalled. The count stops at MAX_UNREAD_MESSAGES."""
    return sum(conversation.unread for conversation in _stored_conversations(userid, [peer]))


def stored_conversation(userid: str, peer: Recipient) -> StoredConversation:
    """The conversation. Raises CommandRefused if the person has none with this one, and for a group that the
    person is not in."""
    for conversation in _stored_conversations(userid, [peer]):
        return conversation
    raise CommandRefused(Name.NOT_FOUND, "no such conversation")


def sends_receipts(userid: str, peer: Recipient, upto: LogId) -> bool:
    """Whether the other person of a conversation gets the read mark up to this id: not in groups, not if one
    of the two has blocked the other or the conversation waits apart, and not if that is a text of the person
    which waits for a moderator."""
    if not settings.IM66.read_receipts or isinstance(peer, int) or peer == userid:
        return False
    both = (userid, peer)
    if Block.objects.filter(user__in=both, blocked__in=both).exists():
        return False
    if own_conversation(userid, peer).filter(request=True).exists() and waiting_apart(userid, [peer]):
        return False
    return not HeldMessage.objects.filter(pk=upto, sender=userid).exists()


def _latest_first(conversation: StoredConversation) -> tuple[LogId, LogId, int, str]:
    """A group begins for its first members at the row before it was made, which is another one's last."""
    return (
        -conversation.latest,
        conversation.last,
        -conversation.peer if isinstance(conversation.peer, int) else 0,
        str(conversation.peer),
    )


def _stored_conversations(userid: str, peers: Collection[Recipient] | None) -> Iterator[StoredConversation]:
    """The conversations of the person with these, in no order; None: all."""
    people = None if peers is None else [peer for peer in peers if isinstance(peer, str)]
    groups = None if peers is None else [peer for peer in peers if isinstance(peer, int)]
    if people != []:
        yield from _direct_conversations(userid, people)
    if groups != []:
        yield from _group_conversations(userid, groups)


def _direct_conversations(userid: str, peers: Collection[str] | None) -> Iterator[StoredConversation]:
    rows = fetch(people_statement(None if peers is None else len(peers)), userid, *(peers or ()))
    for peer, read, sent, received, unread, read_by_other, *own in rows:
        last = max(sent or 0, received or 0)
        yield StoredConversation(peer, 0, "", read, _own_settings(own), last, unread, read_by_other or None)


def _group_conversations(userid: str, groups: Collection[int] | None) -> Iterator[StoredConversation]:
    """One for each group that the person is in, of all the periods in which the person was."""
    periods: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    statement = groups_statement(None if groups is None else len(groups))
    for group, *period in fetch(statement, userid, userid, *(groups or ())):
        periods[group].append(tuple(period))
    for group, memberships in periods.items():
        # The current period begins last.
        since, role, read, joined, _, _, _, *own = max(memberships)
        last = max(period[4] or 0 for period in memberships)
        unread = min(MAX_UNREAD_MESSAGES, sum(period[5] for period in memberships))
        mentioned = min(unread, sum(period[6] for period in memberships))
        yield StoredConversation(
            group, since, role, read, _own_settings(own), last, unread, None, joined or 0, mentioned
        )


def _own_settings(fields: list[Any]) -> OwnSettings:
    """SQLite has 0 and 1 for booleans."""
    first, last = fields[:4], fields[-2:]
    return OwnSettings._make([*map(bool, first), *fields[4:-2], *map(bool, last)])


def _last_messages(userid: str, ids: list[LogId]) -> dict[LogId, LastMessage]:
    """The messages with these ids, as they are now."""
    messages: dict[LogId, LastMessage] = {}
    for some in _batches(ids):
        latest = latest_of(some, userid)
        for fields in Message.objects.filter(pk__in=some).values_list(*OUTLINE):
            entry = as_row(*fields)
            assert isinstance(entry, Entry)
            messages[entry.id] = _as_now(entry, latest.get(entry.id, AS_SENT))
    return messages


def _membership_notices(ids: list[LogId]) -> dict[LogId, MembershipNotice]:
    """Return, by id, the rows with these ids that are notices of joining or leaving."""
    rows = [
        as_row(*fields)
        for some in _batches(ids)
        for fields in Message.objects.filter(pk__in=some).values_list(*ROW_FIELDS)
    ]
    return {row.id: row for row in rows if isinstance(row, MembershipNotice)}


def _as_now(entry: Entry, now: Latest) -> LastMessage:
    if now.recalled is not None:
        return LastMessage(
            entry._replace(content="", extension="", details=""), None, True, False, now.by_desk
        )
    uncut = edited(entry, now)
    cut = uncut._replace(
        content=uncut.content[:LIGHT_CHARACTERS],
        extension=uncut.extension[:LIGHT_CHARACTERS],
        # Half an object says nothing.
        details=uncut.details if len(uncut.details) <= LIGHT_CHARACTERS else "",
    )
    return LastMessage(cut, now.edited, False, cut != uncut)


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(items)
    while some := list(islice(left, _MAX_IDS_PER_QUERY)):
        yield some
