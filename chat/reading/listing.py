"""Pages of a person's conversations, in an order that new messages do not change.

The order is the one of the moment at which the first page was read: what is written since moves no
conversation past a cursor. One that was not there yet, and one that falls back because it is cleared
meanwhile, comes after all others: so none is missed, and one may come twice.
"""

from collections import defaultdict
from collections.abc import Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from django.db.models import Q

from accounts.selectors import is_called
from accounts.statements import fetch
from chat.reading.conversation_statements import MAX_UNREAD_MESSAGES, groups_positions, people_positions
from chat.reading.conversations import ListedConversation, conversations_of
from chat.reading.snapshot import snapshot
from log.custom_values import searchable
from log.models import Conversation, Group, Membership
from log.positions import last_id
from log.reach import waiting_apart
from log.rows import LogId, Recipient

# What a client shows first, pinned conversations at the top; what is archived; what waits as requests.
FOLDERS = MAIN, ARCHIVED, REQUESTS = ("main", "archived", "requests")

# What a list is sorted by. It ends with whose conversation it is, so no two are equal.
Key = tuple[int, int, int, int, str]
# Up to which row the list is sorted, and the key of the last conversation of a page.
After = tuple[LogId, int, int, int, int, str]


class ListPage(NamedTuple):
    """`next`: the last one's place, if there are more. `counts`, of a first page of the main folder: `unread`
    messages in it where notifications are wanted, each conversation that is marked as unread counting as one,
    and how many conversations are in the other folders."""

    listed: list[ListedConversation]
    next: After | None
    counts: dict[str, int] | None = None


class _Position(NamedTuple):
    peer: Recipient
    last: LogId
    latest: LogId
    unread: int
    muted: bool
    pinned: bool
    archived: bool
    marked_unread: bool
    request: bool
    removed_id: LogId
    folder: str = ""

    @property
    def is_removed(self) -> bool:
        return 0 < self.removed_id >= self.latest

    @property
    def key(self) -> Key:
        """A group begins for its first members at the row before it was made, which is another one's last."""
        is_below = int(self.folder == MAIN and not self.pinned)
        group = self.peer if isinstance(self.peer, int) else 0
        return is_below, -self.latest, self.last, -group, str(self.peer)

    @property
    def badge(self) -> int:
        return 0 if self.muted else self.unread or int(self.marked_unread)


def page_of(
    userid: str,
    limit: int,
    after: After | None = None,
    folder: str | None = None,
    q: str = "",
    custom: tuple[str, str] | None = None,
) -> ListPage:
    """The first `limit` conversations after `after`: all of them, latest first, or those in a folder. Without
    those that the person has removed from the list. `q`: only those whose names or remarks have these words.
    `custom`: only groups that have this value attached under this name.
    The number of statements does not depend on the number of conversations."""
    with snapshot():
        upto = after[0] if after else last_id()
        is_first_of_main = folder == MAIN and after is None
        all_ = _in_folders(userid, _positions(userid, upto, with_unread=is_first_of_main))
        chosen = [position for position in all_ if folder in (None, position.folder)]
        if q:
            named = _peers_matching(userid, q)
            chosen = [position for position in chosen if position.peer in named]
        if custom:
            having = _groups_with(userid, *custom)
            chosen = [position for position in chosen if position.peer in having]
        keyed = sorted((position._replace(folder=folder or "").key, position.peer) for position in chosen)
        later = [item for item in keyed if after is None or item[0] > after[1:]]
        peers = [peer for _, peer in later[:limit]]
        listed = (
            {conversation.peer: conversation for conversation in conversations_of(userid, peers)}
            if peers
            else {}
        )
    return ListPage(
        [listed[peer] for peer in peers],
        (upto, *later[limit - 1][0]) if len(later) > limit else None,
        _counts(all_) if is_first_of_main else None,
    )


def badge_of(userid: str) -> int:
    """How many messages the person has not read, as the first page of the list counts them."""
    with snapshot():
        return _counts(_in_folders(userid, _positions(userid, last_id(), with_unread=True)))["unread"]


def _counts(all_: list[_Position]) -> dict[str, int]:
    folders = [position.folder for position in all_]
    unread = sum(position.badge for position in all_ if position.folder == MAIN)
    return {"unread": unread, **{name: folders.count(name) for name in (ARCHIVED, REQUESTS)}}


def _in_folders(userid: str, positions: Iterator[_Position]) -> list[_Position]:
    listed = [position for position in positions if not position.is_removed]
    apart = waiting_apart(userid, [str(position.peer) for position in listed if position.request])
    return [position._replace(folder=_folder_of(position, position.peer in apart)) for position in listed]


def _folder_of(position: _Position, is_apart: bool) -> str:
    if is_apart:
        return REQUESTS
    return ARCHIVED if position.archived else MAIN


def _positions(userid: str, upto: LogId, *, with_unread: bool) -> Iterator[_Position]:
    people = people_positions(with_unread=with_unread)
    for peer, sent, received, unread, *own in fetch(people, upto, upto, userid):
        last = max(sent or 0, received or 0)
        yield _Position(peer, last, last, unread, *own)
    periods: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for group, *period in fetch(groups_positions(with_unread=with_unread), upto, userid, userid):
        periods[group].append(tuple(period))
    for group, memberships in periods.items():
        since, _, _, *own = max(memberships, key=itemgetter(0))
        last = max(period[1] or 0 for period in memberships)
        unread = min(MAX_UNREAD_MESSAGES, sum(period[2] for period in memberships))
        # Who has come since the first page was read is at the end of the list.
        yield _Position(group, last, max(last, since if since <= upto else 0), unread, *own)


def _groups_with(userid: str, name: str, value: str) -> set[Recipient]:
    """Of the person's groups, of which there are not many, each that has something attached is read."""
    groups = Group.objects.filter(pk__in=Membership.objects.current().filter(user=userid).values("group"))
    attached = groups.exclude(custom={}).values_list("pk", "custom")
    return {id_ for id_, custom in attached if (name, value) in searchable(custom)}


def _peers_matching(userid: str, q: str) -> set[Recipient]:
    """Those that have all the words."""
    people = Conversation.objects.filter(user=userid, peer__isnull=False)
    groups = Group.objects.filter(pk__in=Membership.objects.current().filter(user=userid).values("group"))
    for word in q.split():
        people = people.filter(is_called(word, "peer__") | Q(remark__icontains=word))
        groups = groups.filter(name__icontains=word)
    return {*people.values_list("peer", flat=True), *groups.values_list("pk", flat=True)}
