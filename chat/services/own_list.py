"""Changes of a person's own list of conversations: read marks, settings such as pinned and archived, cleared
and removed conversations, and hidden messages. Only read marks are visible to others."""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F

from accounts import preconditions
from accounts.codes import Cause, Name
from chat.failures import CommandRefused
from chat.reading.clearing import cleared_of, own_conversation
from chat.reading.conversations import stored_conversation
from chat.reading.selectors import readable_peers
from log.models import Conversation, HeldMessage, Hidden
from log.rows import LogId, Recipient, conversation_name

# The hidden messages of a person in all conversations. Those in cleared history do not count.
MAX_HIDDEN = 5000
# Replaces the conversation of hidden messages in cleared history.
CLEARED = ""

_MINE = Conversation._meta.db_table
_INSERT_GROUP_ROW = f"INSERT INTO {_MINE} (user_id, group_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_RAISE_READ_MARK = f"UPDATE {_MINE} SET read_id = %s WHERE user_id = %s AND {{kind}} = %s AND read_id < %s"


class ReadMarkResult(NamedTuple):
    """`upto`: the read mark now. `unread`: the number of unread messages after it. `has_risen`: the mark was
    lower before. `is_unmarked`: the person had marked the conversation as unread."""

    upto: LogId
    unread: int
    has_risen: bool
    is_unmarked: bool = False


def mark_read(userid: str, peer: Recipient, upto: LogId) -> ReadMarkResult:
    """Raise the person's read mark to `upto`, or to the last message if that is lower, so that no later
    message counts as read. A mark never falls. Raise CommandRefused if there is no such conversation, or the
    person is not in the group."""
    before = stored_conversation(userid, peer)
    if upto > before.last:
        upto = max(before.last, _last_held_id(userid, peer, upto))
    has_risen = upto > 0 and _raise_read_mark(userid, peer, upto)
    if is_unmarked := before.own.marked_unread:
        _update(userid, peer, marked_unread=False)
    now = stored_conversation(userid, peer)
    return ReadMarkResult(now.read, now.unread, has_risen, is_unmarked)


def update_settings(userid: str, peer: Recipient, **wishes: bool | str) -> dict[str, bool | str]:
    """Set fields of OwnSettings. Return those that had another value. Raise CommandRefused as `mark_read`."""
    own = stored_conversation(userid, peer).own
    changed = {name: wish for name, wish in wishes.items() if getattr(own, name) != wish}
    _update(userid, peer, **changed)
    return changed


def remove_from_list(userid: str, peer: Recipient) -> None:
    """Remove the conversation from the person's list until it has a new message. Raise CommandRefused as
    `mark_read`."""
    conversation = stored_conversation(userid, peer)
    _update(userid, peer, removed_id=max(conversation.latest, conversation.own.cleared_id, 1))


def clear_history(userid: str, peer: Recipient, upto: LogId) -> LogId:
    """Clear the history up to `upto`, at most up to the last message, for the person alone. Return the id up
    to which it is cleared now, which never falls. Raise CommandRefused as `mark_read`."""
    upto = min(upto, stored_conversation(userid, peer).last)
    with transaction.atomic():
        _ensure_row(userid, peer)
        own_conversation(userid, peer).filter(cleared_id__lt=upto).update(cleared_id=upto)
        # They stay hidden: an export has what was cleared.
        hidden = Hidden.objects.filter(user=userid, message_id__lte=upto)
        hidden.filter(conversation=conversation_name(peer)).update(conversation=CLEARED)
        # No more of these than of the others, because each page looks among them.
        cleared = Hidden.objects.filter(user=userid, conversation=CLEARED).order_by("-message_id")
        Hidden.objects.filter(pk__in=list(cleared.values_list("pk", flat=True)[MAX_HIDDEN:])).delete()
    return cleared_of(userid, peer)


def hide_messages(userid: str, peer: Recipient, ids: Collection[LogId]) -> list[LogId]:
    """Hide these messages of the conversation from the person. Return those that were not hidden before.
    Raise CommandRefused if the person may not read one of them in it, or if too many are hidden."""
    check_readable_messages(userid, peer, ids)
    with transaction.atomic():
        _ensure_row(userid, peer)
        # Two calls at once take turns here.
        list(own_conversation(userid, peer).select_for_update().values_list("pk"))
        hidden = Hidden.objects.filter(user=userid)
        known = set(hidden.filter(message_id__in=ids).values_list("message_id", flat=True))
        new = sorted(set(ids) - known)
        if hidden.exclude(conversation=CLEARED).count() + len(new) > MAX_HIDDEN:
            raise CommandRefused(Name.CONFLICT, f"at most {MAX_HIDDEN} messages can be hidden")
        conversation = conversation_name(peer)
        rows = [Hidden(user_id=userid, message_id=id_, conversation=conversation) for id_ in new]
        Hidden.objects.bulk_create(rows, ignore_conflicts=True)
        own_conversation(userid, peer).update(hidden_count=F("hidden_count") + len(new))
    return new


def unhide_messages(userid: str, peer: Recipient, ids: Collection[LogId]) -> list[LogId]:
    """Show these messages of the conversation to the person again. Return those that were hidden. Messages in
    cleared history stay hidden."""
    with transaction.atomic():
        list(own_conversation(userid, peer).select_for_update().values_list("pk"))
        hidden = Hidden.objects.filter(user=userid, conversation=conversation_name(peer), message_id__in=ids)
        unhidden = sorted(hidden.values_list("message_id", flat=True))
        gone, _ = hidden.delete()
        own_conversation(userid, peer).update(hidden_count=F("hidden_count") - gone)
    return unhidden


def check_readable_messages(userid: str, peer: Recipient, ids: Collection[LogId]) -> None:
    """Raise CommandRefused unless the person may read these messages in the conversation. Recalled messages
    pass, and so do the person's own held messages."""
    there = {id_ for id_, its in readable_peers(userid, ids).items() if its == peer}
    if not all(_last_held_id(userid, peer, id_) == id_ > 0 for id_ in set(ids) - there):
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)


def _update(userid: str, peer: Recipient, **fields: Any) -> None:
    if fields:
        with transaction.atomic():
            _ensure_row(userid, peer)
            preconditions.check(own_conversation(userid, peer))
            own_conversation(userid, peer).update(**fields)


def _ensure_row(userid: str, peer: Recipient) -> None:
    """Ensure that the person has a row for the group. For a person, the first message has created it."""
    if isinstance(peer, int):
        _execute(_INSERT_GROUP_ROW, [userid, peer])


def _raise_read_mark(userid: str, peer: Recipient, upto: LogId) -> bool:
    """Raise the read mark, and return whether it was lower."""
    with transaction.atomic():
        _ensure_row(userid, peer)
        kind = "group_id" if isinstance(peer, int) else "peer_id"
        return _execute(_RAISE_READ_MARK.format(kind=kind), [upto, userid, peer, upto]) > 0


def _last_held_id(userid: str, peer: Recipient, upto: LogId) -> LogId:
    """Return the id of the person's last held message in the conversation up to `upto`; 0 if there is
    none."""
    held = HeldMessage.objects.filter(sender=userid, released_id=None, pk__lte=upto)
    there = held.filter(group=peer) if isinstance(peer, int) else held.filter(recipient=peer)
    return there.order_by("-id").values_list("id", flat=True).first() or 0


def _execute(statement: str, parameters: list[Any]) -> int:
    """Execute the statement and return the number of written rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        count: int = cursor.rowcount
    return count
