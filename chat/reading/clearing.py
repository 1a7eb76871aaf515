"""What a person keeps about a conversation, and what of it is shown no more."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from accounts.statements import fetch
from log.models import Conversation
from log.rows import LogId, Recipient


def own_conversation(userid: str, peer: Recipient) -> QuerySet[Conversation]:
    """What the person keeps about the conversation: one row or none."""
    which = {"group": peer} if isinstance(peer, int) else {"peer": peer}
    return Conversation.objects.filter(user=userid, **which)


def cleared_of(userid: str, peer: Recipient) -> LogId:
    """Up to where nothing of the conversation is shown to the person."""
    return own_conversation(userid, peer).values_list("cleared_id", flat=True).first() or 0


def all_cleared_of(userid: str, peers: Collection[Recipient]) -> dict[Recipient, LogId]:
    """The same of several conversations; those of which everything is shown are not in it."""
    groups, people = ([peer for peer in peers if isinstance(peer, type_)] for type_ in (int, str))
    rows = Conversation.objects.filter(Q(group__in=groups) | Q(peer__in=people), user=userid)
    return {group or peer: id_ for group, peer, id_ in rows.values_list("group_id", "peer_id", "cleared_id")}


def cleared_from(userid: str, id_: LogId) -> dict[Recipient, LogId]:
    """The conversations that the person has cleared up to the row `id_` or a later one, and up to where."""
    rows = fetch(_CLEARED_FROM, userid, id_)
    return {peer if group is None else group: upto for group, peer, upto in rows}


# Not a queryset, because each page of a backlog asks it. The index holds what is more than 0.
_CLEARED_FROM = (
    f"SELECT group_id, peer_id, cleared_id FROM {Conversation._meta.db_table}"
    " WHERE user_id = %s AND cleared_id >= %s AND cleared_id > 0"
)


def visibility_of(userid: str, peer: Recipient) -> tuple[LogId, bool]:
    """Up to where nothing of the conversation is shown to the person, and whether the person has hidden
    messages after that."""
    cleared, hidden = own_conversation(userid, peer).values_list("cleared_id", "hidden_count").first() or (
        0,
        0,
    )
    return cleared, hidden > 0
