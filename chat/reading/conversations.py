"""The conversations of a person: what is unread in them, and how far the person has read.

Nothing is written for a message and each of its recipients. What is unread is counted in the log when
somebody asks, from the read mark on.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from accounts.selectors import names_of as names_of_people
from chat.access import Refused
from chat.models import NO_AMENDMENT, OFF, ROW_FIELDS, Block, Conversation, HeldMessage, Message, as_row
from chat.pairs import blocked_among, marks
from chat.protocol.replies import Code
from chat.protocol.rows import KINDS, NOTICE, RECALL, Entry, LogId, MembershipNotice, Recipient
from chat.reading.amendments import AS_SENT, Latest, latest_of
from chat.reading.filling import LIGHT_CHARACTERS, OUTLINE
from chat.reading.snapshot import snapshot
from groups.models import ANY_ID, Membership
from groups.selectors import names_of as names_of_groups

# The count of what is unread in a conversation stops here. So a person who has never read anything costs no
# more than this for each conversation.
UNREAD_MOST = 1000
# How many rows are read by their ids at once. Some versions of SQLite allow only 999 parameters.
_TOGETHER = 500


class LastMessage(NamedTuple):
    """The last message of a conversation as it is now. A recalled one has neither content nor extension.
    `edited`: the row that gave it its content; None if that is the first one. `is_cut`: the content or the
    extension is longer than LIGHT_CHARACTERS, and these are their beginnings. `by_desk`: a moderator has
    recalled it."""

    entry: Entry
    edited: LogId | None
    recalled: bool
    is_cut: bool
    by_desk: bool = False


class Listed(NamedTuple):
    """A conversation as its person sees it. `picture` refers to the picture of the other person or the group;
    empty for the default one. `last`: the last message that the person may read. `unread`: how many messages
    of others come after the read mark, at most UNREAD_MOST. `read`: the read mark. `role`: in the group;
    empty for a person. `read_by_other`: the read mark of the other person; None where there is none, or the
    person is not told of it. `joined`: how the person came into a group in which nobody has written since."""

    peer: Recipient
    title: str
    picture: str
    last: LastMessage | None
    unread: int
    read: LogId
    role: str
    muted: bool
    pinned: bool
    read_by_other: LogId | None = None
    joined: MembershipNotice | None = None


class Marked(NamedTuple):
    """`upto`: where the read mark is now. `unread`: how much is unread after it. `has_risen`: the mark was
    not there before."""

    upto: LogId
    unread: int
    has_risen: bool


class _Found(NamedTuple):
    """What the database has of a conversation. `since`: the person has been in the group since then.
    `joined`: the notice of that, if nobody has written since."""

    peer: Recipient
    since: LogId
    role: str
    read: LogId
    muted: bool
    pinned: bool
    last: LogId
    unread: int
    read_by_other: LogId | None = None
    joined: LogId = 0


def conversations_of(userid: str, peers: Collection[Recipient] | None = None) -> list[Listed]:
    """The person's conversations, latest first: with people, and in the groups that the person is in now.
    `peers`: only those with these. The number of statements does not depend on the number of conversations,
    up to 500 of them."""
    with snapshot():
        found = sorted(_find(userid, peers), key=_latest_first)
        last = _messages(userid, [one.last for one in found if one.last])
        names = _names_of([one.peer for one in found])
        joined = _notices([one.joined for one in found if one.joined])
    return [
        Listed(
            one.peer,
            *names[one.peer],
            last.get(one.last),
            one.unread,
            one.read,
            one.role,
            one.muted,
            one.pinned,
            one.read_by_other if settings.IM66.read_receipts else None,
            joined.get(one.joined),
        )
        for one in found
    ]


def unread_of(userid: str, peer: Recipient) -> int:
    """How many messages of others the person could read after the read mark in this conversation, without
    those that are recalled. The count stops at UNREAD_MOST."""
    return sum(one.unread for one in _find(userid, [peer]))


def mark_read(userid: str, peer: Recipient, upto: LogId) -> Marked:
    """The person has read everything in the conversation up to `upto`: at most up to its last message, so
    that no later one is covered. A mark never falls. Raises Refused for somebody with whom there is no
    conversation, and for a group that the person is not in."""
    last = _one(userid, peer).last
    if upto > last:
        upto = max(last, _last_held(userid, peer, upto))
    has_risen = upto > 0 and _raise(userid, peer, upto)
    now = _one(userid, peer)
    return Marked(now.read, now.unread, has_risen)


def set_wishes(
    userid: str, peer: Recipient, *, muted: bool | None = None, pinned: bool | None = None
) -> None:
    """Whether the person wants no notifications of the conversation, and wants it above the others; None
    keeps what is. Raises Refused as `mark_read`."""
    _one(userid, peer)
    wishes = {name: wish for name, wish in (("muted", muted), ("pinned", pinned)) if wish is not None}
    if not wishes:
        return
    with transaction.atomic():
        if isinstance(peer, int):
            _execute(_BEGIN_IN_GROUP, [userid, peer])
        mine = Conversation.objects.filter(user=userid)
        (mine.filter(group=peer) if isinstance(peer, int) else mine.filter(peer=peer)).update(**wishes)


def are_told(userid: str, peer: Recipient, upto: LogId) -> bool:
    """Whether the other person of a conversation is told that the person has read up to this id in it: not in
    groups, not if one of the two has blocked the other, and not if that is a text of the person which waits
    for a moderator."""
    if not settings.IM66.read_receipts or isinstance(peer, int) or peer == userid:
        return False
    both = (userid, peer)
    if blocked_among(both, both):
        return False
    return not HeldMessage.objects.filter(pk=upto, sender=userid).exists()


def _latest_first(one: _Found) -> tuple[LogId, LogId, int, str]:
    """A group begins for its first members at the row before it was made, which is another one's last."""
    return -(one.last or one.since), one.last, -one.peer if isinstance(one.peer, int) else 0, str(one.peer)


def _raise(userid: str, peer: Recipient, upto: LogId) -> bool:
    """Raise the read mark. Whether it was lower. Of two calls at once, the database decides in their turn."""
    with transaction.atomic():
        if isinstance(peer, int):
            _execute(_BEGIN_IN_GROUP, [userid, peer])
            return _execute(_RAISE.format(kind="group_id"), [upto, userid, peer, upto]) > 0
        return _execute(_RAISE.format(kind="peer_id"), [upto, userid, peer, upto]) > 0


def _last_held(userid: str, peer: Recipient, upto: LogId) -> LogId:
    """The place of the last text of the person there, up to this id, that waits for a moderator: its sender
    believes it sent. 0 if there is none."""
    held = HeldMessage.objects.filter(sender=userid, released_id=None, pk__lte=upto)
    there = held.filter(group=peer) if isinstance(peer, int) else held.filter(recipient=peer)
    return there.order_by("-id").values_list("id", flat=True).first() or 0


def _one(userid: str, peer: Recipient) -> _Found:
    for found in _find(userid, [peer]):
        return found
    raise Refused(Code.NOT_FOUND, "no such conversation")


def _find(userid: str, peers: Collection[Recipient] | None) -> Iterator[_Found]:
    """The conversations of the person with these, in no order; None: all."""
    people = None if peers is None else [peer for peer in peers if isinstance(peer, str)]
    groups = None if peers is None else [peer for peer in peers if isinstance(peer, int)]
    if people != []:
        yield from _with_people(userid, people)
    if groups != []:
        yield from _in_groups(userid, groups)


def _with_people(userid: str, peers: Collection[str] | None) -> Iterator[_Found]:
    rows = _read(_people_statement(None if peers is None else len(peers)), [userid, *(peers or ())])
    for peer, read, muted, pinned, sent, received, unread, read_by_other in rows:
        last = max(sent or 0, received or 0)
        yield _Found(peer, 0, "", read, bool(muted), bool(pinned), last, unread, read_by_other or None)


def _in_groups(userid: str, groups: Collection[int] | None) -> Iterator[_Found]:
    """One for each group that the person is in, of all the periods in which the person was."""
    periods: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    statement = _groups_statement(None if groups is None else len(groups))
    for group, *period in _read(statement, [userid, userid, *(groups or ())]):
        periods[group].append(tuple(period))
    for group, found in periods.items():
        # The current period begins last.
        since, role, read, muted, pinned, joined, *_ = max(found)
        last = max(period[-2] or 0 for period in found)
        unread = min(UNREAD_MOST, sum(period[-1] for period in found))
        yield _Found(group, since, role, read, bool(muted), bool(pinned), last, unread, None, joined or 0)


def _names_of(peers: list[Recipient]) -> dict[Recipient, tuple[str, str]]:
    """What each is called, and what refers to the picture."""
    people = names_of_people([peer for peer in peers if isinstance(peer, str)])
    groups = names_of_groups([peer for peer in peers if isinstance(peer, int)])
    return dict([*people.items(), *groups.items()])


def _messages(userid: str, ids: list[LogId]) -> dict[LogId, LastMessage]:
    """The messages with these ids, as they are now."""
    found: dict[LogId, LastMessage] = {}
    for some in _portions(ids):
        latest = latest_of(some, userid)
        for fields in Message.objects.filter(pk__in=some).values_list(*OUTLINE):
            entry = as_row(*fields)
            assert isinstance(entry, Entry)
            found[entry.id] = _as_now(entry, latest.get(entry.id, AS_SENT))
    return found


def _notices(ids: list[LogId]) -> dict[LogId, MembershipNotice]:
    """Those of the rows with these ids that are notices of who has come."""
    rows = [
        as_row(*fields)
        for some in _portions(ids)
        for fields in Message.objects.filter(pk__in=some).values_list(*ROW_FIELDS)
    ]
    return {row.id: row for row in rows if isinstance(row, MembershipNotice)}


def _as_now(entry: Entry, now: Latest) -> LastMessage:
    if now.recalled is not None:
        return LastMessage(entry._replace(content="", extension=""), None, True, False, now.by_desk)
    content = entry.content if now.content is None else now.content
    cut = entry._replace(content=content[:LIGHT_CHARACTERS], extension=entry.extension[:LIGHT_CHARACTERS])
    return LastMessage(
        cut, now.edited, False, len(cut.content) < len(content) or cut.extension != entry.extension
    )


def _portions(items: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(items)
    while some := list(islice(left, _TOGETHER)):
        yield some


def _read(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _execute(statement: str, parameters: list[Any]) -> int:
    """How many rows were written."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        count: int = cursor.rowcount
    return count


# Written by hand: no queryset counts up to a limit. All that is looked up for a row is found by an index that
# ends in `id`, in its order. There is no EXISTS and no join with the log: PostgreSQL might read all of it. It
# takes what is `<> 0` for almost everything, and what is `IS NULL` or `= 'off'` for almost nothing: then it
# would not stop at the limit, but look at all messages and sort them.

_LOG = Message._meta.db_table
_MINE = Conversation._meta.db_table
_PERIODS = Membership._meta.db_table
_BLOCKS = Block._meta.db_table
_HELD = HeldMessage._meta.db_table
_IS_MESSAGE = "message.kind IN ({})".format(", ".join(f"'{kind}'" for kind in KINDS))
_LAST = (
    f"(SELECT message.id FROM {_LOG} AS message WHERE {{which}} AND {_IS_MESSAGE} "
    "ORDER BY message.id DESC LIMIT 1)"
)
_UNREAD = f"""(
    SELECT count(*) FROM (
        SELECT message.id FROM {_LOG} AS message WHERE {{which}} AND {_IS_MESSAGE} AND CASE COALESCE((
            SELECT recall.extension FROM {_LOG} AS recall
            WHERE recall.target = message.id AND recall.kind = '{RECALL}' ORDER BY recall.id DESC LIMIT 1
        ), '{OFF}') WHEN '{OFF}' THEN 1 ELSE 0 END <> 0
        ORDER BY message.id LIMIT {UNREAD_MOST}
    ) AS unread
)"""
_SENT = "message.sender_id = mine.user_id AND message.recipient_id = mine.peer_id"
_RECEIVED = "message.sender_id = mine.peer_id AND message.recipient_id = mine.user_id"
_IN_PERIOD = (
    "message.group_id = period.group_id AND message.id > {after} "
    f"AND message.id < COALESCE(period.until_id, {ANY_ID}) AND {NO_AMENDMENT.format(table='message')}"
)
_READ = "COALESCE(mine.read_id, 0)"
_AFTER_MARK = f"CASE WHEN {_READ} > period.since_id THEN {_READ} ELSE period.since_id END"

# As chat.reading.conversations has it. What counts up to two for a pair is found by the index of one.
_MAY_BE_TOLD = " = 0 AND ".join(
    [
        f"(SELECT count(*) FROM {_BLOCKS} AS block "
        f"WHERE block.user_id = mine.{one} AND block.blocked_id = mine.{other})"
        for one, other in (("user_id", "peer_id"), ("peer_id", "user_id"))
    ]
    + ["CASE WHEN mine.peer_id = mine.user_id THEN 1 ELSE 0 END = 0"]
)
_READ_BY_OTHER = (
    f"(SELECT CASE WHEN (SELECT count(*) FROM {_HELD} AS held WHERE held.id = theirs.read_id "
    "AND held.sender_id = theirs.user_id) = 0 THEN theirs.read_id ELSE 0 END "
    f"FROM {_MINE} AS theirs WHERE theirs.user_id = mine.peer_id AND theirs.peer_id = mine.user_id)"
)
# For those who were there first, the period begins at the row before the notice; for others, with it.
_JOINED = (
    f"(SELECT notice.id FROM {_LOG} AS notice WHERE notice.group_id = period.group_id "
    f"AND notice.kind = '{NOTICE}' AND {NO_AMENDMENT.format(table='notice')} "
    "AND notice.id >= period.since_id ORDER BY notice.id LIMIT 1)"
)


@lru_cache
def _people_statement(peers: int | None) -> str:
    some = "" if peers is None else f" AND mine.peer_id IN ({marks(peers)})"
    # What people send to themselves counts as read.
    unread = f"{_RECEIVED} AND message.id > mine.read_id AND mine.peer_id <> mine.user_id"
    return (
        "SELECT mine.peer_id, mine.read_id, mine.muted, mine.pinned, "
        f"{_LAST.format(which=_SENT)}, {_LAST.format(which=_RECEIVED)}, {_UNREAD.format(which=unread)}, "
        f"CASE WHEN {_MAY_BE_TOLD} THEN {_READ_BY_OTHER} END "
        f"FROM {_MINE} AS mine WHERE mine.user_id = %s AND mine.peer_id IS NOT NULL{some}"
    )


@lru_cache
def _groups_statement(groups: int | None) -> str:
    some = "" if groups is None else f" AND group_id IN ({marks(groups)})"
    unread = _IN_PERIOD.format(after=_AFTER_MARK) + " AND message.sender_id <> period.user_id"
    written = _IN_PERIOD.format(after="period.since_id")
    # Not looked for where somebody has written: a group without such a notice would be read as a whole.
    joined = (
        f"CASE WHEN NOT EXISTS (SELECT 1 FROM {_LOG} AS message WHERE {written} AND {_IS_MESSAGE}) "
        f"THEN {_JOINED} END"
    )
    return (
        f"SELECT period.group_id, period.since_id, period.role, {_READ}, "
        f"COALESCE(mine.muted, false), COALESCE(mine.pinned, false), {joined}, "
        f"{_LAST.format(which=written)}, {_UNREAD.format(which=unread)} "
        f"FROM {_PERIODS} AS period LEFT JOIN {_MINE} AS mine "
        "ON mine.user_id = period.user_id AND mine.group_id = period.group_id "
        "WHERE period.user_id = %s AND period.last_id > 0 AND period.group_id IN "
        f"(SELECT group_id FROM {_PERIODS} WHERE user_id = %s AND until_id IS NULL{some})"
    )


_BEGIN_IN_GROUP = f"INSERT INTO {_MINE} (user_id, group_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_RAISE = f"UPDATE {_MINE} SET read_id = %s WHERE user_id = %s AND {{kind}} = %s AND read_id < %s"
