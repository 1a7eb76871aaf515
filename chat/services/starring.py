"""The messages that people have starred, for themselves alone: they find those that they may still read."""

from typing import NamedTuple

from accounts.codes import Name
from chat.failures import CommandRefused
from chat.reading import pages, selectors
from chat.reading.clearing import all_cleared_of
from chat.reading.pages import CurrentMessage
from chat.services.own_list import check_readable_messages
from log.group_models import ANY_ID
from log.models import Membership, Star
from log.rows import LogId, Recipient

MAX_STARS = 1000


class StarredPage(NamedTuple):
    """Newest first. `before`: there may be more before this message."""

    messages: list[CurrentMessage]
    before: LogId | None = None


def star(userid: str, peer: Recipient, target: LogId) -> bool:
    """Star the message of this conversation. Whether it was not before. Raises CommandRefused."""
    check_readable_messages(userid, peer, [target])
    own = Star.objects.filter(user=userid)
    if own.filter(message_id=target).exists():
        return False
    # Of two calls at once, both may count one less: no harm.
    if own.count() >= MAX_STARS:
        raise CommandRefused(Name.CONFLICT, f"at most {MAX_STARS} messages can be starred")
    _, is_new = Star.objects.get_or_create(user_id=userid, message_id=target)
    return is_new


def unstar(userid: str, target: LogId) -> bool:
    """Whether it was starred. It may be one that the person may read no more."""
    gone, _ = Star.objects.filter(user=userid, message_id=target).delete()
    return gone > 0


def starred_by(userid: str, before: LogId | None, limit: int) -> StarredPage:
    """Those before the message `before` that the person may read."""
    stars = Star.objects.filter(user=userid, message_id__lt=ANY_ID if before is None else before)
    ids = list(stars.order_by("-message_id").values_list("message_id", flat=True)[: limit + 1])
    some = ids[:limit]
    readable = pages.messages_with_ids(userid, _readable(userid, some))
    messages = [message for message in readable if not message.recalled]
    # A page may be full before all are on it.
    end = readable[-1].entry.id if readable and len(readable) < len(some) else some[-1] if some else 0
    is_more = len(ids) > limit or any(id_ < end for id_ in some)
    return StarredPage(messages, end if is_more else None)


def _readable(userid: str, ids: list[LogId]) -> list[LogId]:
    """Not what the person has cleared, nor what was written in groups that the person has left."""
    peers = selectors.readable_peers(userid, ids)
    cleared = all_cleared_of(userid, set(peers.values()))
    groups = {peer for peer in peers.values() if isinstance(peer, int)}
    ours = Membership.objects.current().filter(user=userid, group__in=groups)
    left = groups.difference(ours.values_list("group_id", flat=True))
    return [id_ for id_, peer in peers.items() if id_ > cleared.get(peer, 0) and peer not in left]
