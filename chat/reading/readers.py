"""Who has read a message, as far as read marks say it."""

from django.conf import settings

from accounts.codes import Cause, Name
from accounts.statements import fetch
from chat.failures import CommandRefused
from chat.reading import selectors
from chat.reading.conversations import conversations_of
from log.amendments import AS_SENT, latest_of
from log.models import Conversation, Membership
from log.reach import blocked_among
from log.rows import Entry, LogId, Recipient

# In a group with more members than these, read marks are not shown.
MAX_MEMBERS = 100

_PERIOD, _MINE = Membership._meta.db_table, Conversation._meta.db_table
_MEMBER_READ_MARKS = (
    f"SELECT period.user_id, period.since_id, COALESCE(mine.read_id, 0) FROM {_PERIOD} AS period"
    f" LEFT JOIN {_MINE} AS mine ON mine.user_id = period.user_id AND mine.group_id = period.group_id"
    f" WHERE period.group_id = %s AND period.until_id IS NULL ORDER BY period.id LIMIT {MAX_MEMBERS + 1}"
)


def readers_of(userid: str, peer: Recipient, target: LogId) -> list[str]:
    """Who of the others in the conversation has read this message, without its author. Raises CommandRefused
    for a message that the person may not read, in a large group, and where read marks are not told."""
    if not settings.IM66.read_receipts:
        raise CommandRefused(Name.NOT_ALLOWED, "read marks are not told here")
    message = message_in(userid, peer, target)
    if isinstance(peer, int):
        return _group_readers(userid, peer, message)
    marks = [conversation.read_by_other or 0 for conversation in conversations_of(userid, [peer])]
    return [peer for mark in marks if mark >= target and message.sender != peer]


def message_in(userid: str, peer: Recipient, target: LogId) -> Entry:
    """The message, if the person may read it and it is in this conversation, and not recalled. Raises
    CommandRefused."""
    message = selectors.readable_message(userid, target)
    if message is None or peer != message.peer_of(userid):
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)
    if latest_of([target]).get(target, AS_SENT).recalled is not None:
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)
    return message


def _group_readers(userid: str, group_id: int, message: Entry) -> list[str]:
    marks = fetch(_MEMBER_READ_MARKS, group_id)
    if len(marks) > MAX_MEMBERS:
        raise CommandRefused(Name.CONFLICT, f"only in groups of at most {MAX_MEMBERS} members")
    # The mark of somebody who came later says nothing of it, whatever newcomers may read.
    read = [member for member, since, mark in marks if since < message.id <= mark]
    others = [member for member in read if member not in (userid, message.sender)]
    apart = blocked_among([userid], others) | blocked_among(others, [userid])
    return [member for member in others if not {(userid, member), (member, userid)} & apart]
