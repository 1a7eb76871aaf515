"""What `chat.reading.conversations` and `chat.reading.listing` read of the log, in SQL.

Written by hand: no queryset counts up to a limit. All that is looked up for a row is found by an index that
ends in `id`, in its order. There is no EXISTS and no join with the log: PostgreSQL might read all of it. It
takes what is `<> 0` for almost everything, and what is `IS NULL` or `= 'off'` for almost nothing: then it
would not stop at the limit, but look at all messages and sort them.
"""

from functools import lru_cache
from typing import NamedTuple

from log.amendments import not_recalled
from log.group_models import ANY_ID
from log.models import (
    IS_MESSAGE,
    NO_AMENDMENT,
    NOT_HIDDEN,
    Block,
    Conversation,
    HeldMessage,
    Membership,
    Mention,
    Message,
    Privacy,
)
from log.pairs import marks
from log.periods import begins
from log.rows import MEMBERSHIP, LogId

# The count of what is unread in a conversation stops here. So a person who has never read anything costs no
# more than this for each conversation.
MAX_UNREAD_MESSAGES = 1000


class OwnSettings(NamedTuple):
    """What a person has made of a conversation, for the own list alone. See log.models.Conversation."""

    muted: bool
    pinned: bool
    archived: bool
    marked_unread: bool
    remark: str
    draft: str
    removed_id: LogId
    cleared_id: LogId
    hidden_count: int = 0
    mentions_only: bool = False
    request: bool = False


_LOG = Message._meta.db_table
_CONVERSATIONS = Conversation._meta.db_table
_PERIODS = Membership._meta.db_table
_BLOCKS = Block._meta.db_table
_MENTIONS = Mention._meta.db_table
_HELD_MESSAGES = HeldMessage._meta.db_table
_IS_MESSAGE = IS_MESSAGE.format(table="message")
_LAST = (
    f"(SELECT message.id FROM {_LOG} AS message WHERE {{which}} AND {_IS_MESSAGE} "
    "ORDER BY message.id DESC LIMIT 1)"
)
_UNREAD = f"""(
    SELECT count(*) FROM (
        SELECT message.id FROM {_LOG} AS message WHERE {{which}}
            AND {_IS_MESSAGE} AND {not_recalled("message")}
        ORDER BY message.id LIMIT {MAX_UNREAD_MESSAGES}
    ) AS unread
)"""
# That the person did not hide the message. It is `<> 0`, for the reason above.
_NOT_HIDDEN = "CASE WHEN COALESCE(mine.hidden_count, 0) = 0 THEN 1 WHEN {not_hidden} THEN 1 ELSE 0 END <> 0"
_MESSAGE_NOT_HIDDEN = _NOT_HIDDEN.format(not_hidden=NOT_HIDDEN.format(user="mine.user_id", id="message.id"))
_NO_AMENDMENT = NO_AMENDMENT.format(table="message")
_VISIBLE = f"message.id > mine.cleared_id AND {_NO_AMENDMENT} AND {_MESSAGE_NOT_HIDDEN}"
_SENT = f"message.sender_id = mine.user_id AND message.recipient_id = mine.peer_id AND {_VISIBLE}"
_RECEIVED = f"message.sender_id = mine.peer_id AND message.recipient_id = mine.user_id AND {_VISIBLE}"
_IN_PERIOD = (
    "message.group_id = period.group_id AND message.id > {after} "
    f"AND message.id < COALESCE(period.until_id, {ANY_ID}) AND {_NO_AMENDMENT}"
)
_MENTION_NOT_HIDDEN = _NOT_HIDDEN.format(
    not_hidden=NOT_HIDDEN.format(user="mine.user_id", id="mention.message_id")
)
_MENTIONED = f"""(
    SELECT count(*) FROM (
        SELECT mention.message_id FROM {_MENTIONS} AS mention WHERE mention.group_id = period.group_id
            AND mention.userid IN (period.user_id, '') AND mention.message_id > {{after}}
            AND mention.message_id < COALESCE(period.until_id, {ANY_ID}) AND mention.sender <> period.user_id
            AND {not_recalled("mention", "message_id")} AND {_MENTION_NOT_HIDDEN}
        GROUP BY mention.message_id ORDER BY mention.message_id LIMIT {MAX_UNREAD_MESSAGES}
    ) AS mentioned
)"""
_READ, _CLEARED = "COALESCE(mine.read_id, 0)", "COALESCE(mine.cleared_id, 0)"
_AFTER_CLEARING = f"CASE WHEN {_CLEARED} > period.since_id THEN {_CLEARED} ELSE period.since_id END"
_AFTER_MARK = (
    f"CASE WHEN {_READ} > {_CLEARED} AND {_READ} > period.since_id THEN {_READ} ELSE {_AFTER_CLEARING} END"
)
# What was written before the person joined is shown if the group says so, and is not unread.
_BEGINS = begins("period")
_VISIBLE_AFTER = f"CASE WHEN {_CLEARED} > {_BEGINS} THEN {_CLEARED} ELSE {_BEGINS} END"
_DEFAULTS = {"remark": "''", "draft": "''", "removed_id": "0", "cleared_id": "0", "hidden_count": "0"}
_OWN = ", ".join(f"COALESCE(mine.{field}, {_DEFAULTS.get(field, 'false')})" for field in OwnSettings._fields)

# As chat.reading.conversations has it. What counts up to two for a pair is found by the index of one.
_ARE_NOT_BLOCKED = " = 0 AND ".join(
    [
        f"(SELECT count(*) FROM {_BLOCKS} AS block "
        f"WHERE block.user_id = mine.{blocker} AND block.blocked_id = mine.{other})"
        for blocker, other in (("user_id", "peer_id"), ("peer_id", "user_id"))
    ]
    + ["CASE WHEN mine.peer_id = mine.user_id THEN 1 ELSE 0 END = 0"]
)
_READ_BY_OTHER = (
    f"(SELECT CASE WHEN (SELECT count(*) FROM {_HELD_MESSAGES} AS held WHERE held.id = theirs.read_id "
    "AND held.sender_id = theirs.user_id) = 0 AND NOT (theirs.request AND (SELECT count(*) FROM "
    f"{Privacy._meta.db_table} AS own WHERE own.user_id = theirs.user_id AND own.direct <> 'everybody') > 0) "
    "THEN theirs.read_id ELSE 0 END "
    f"FROM {_CONVERSATIONS} AS theirs WHERE theirs.user_id = mine.peer_id AND theirs.peer_id = mine.user_id)"
)
# For those who were there first, the period begins at the row before the notice; for others, with it.
_JOINED = (
    f"(SELECT notice.id FROM {_LOG} AS notice WHERE notice.group_id = period.group_id "
    f"AND notice.kind = '{MEMBERSHIP}' AND {NO_AMENDMENT.format(table='notice')} "
    "AND notice.id >= period.since_id ORDER BY notice.id LIMIT 1)"
)


# What people send to themselves counts as read.
_UNREAD_OF_PERSON = _UNREAD.format(
    which=f"{_RECEIVED} AND message.id > mine.read_id AND mine.peer_id <> mine.user_id"
)
_UNREAD_IN_GROUP = _UNREAD.format(
    which=f"{_IN_PERIOD.format(after=_AFTER_MARK)} AND message.sender_id <> period.user_id "
    f"AND {_MESSAGE_NOT_HIDDEN}"
)
_WRITTEN = f"{_IN_PERIOD.format(after=_VISIBLE_AFTER)} AND {_MESSAGE_NOT_HIDDEN}"
# All periods in the groups that the person is in now.
_PERIODS_OF_PERSON = (
    f"FROM {_PERIODS} AS period LEFT JOIN {_CONVERSATIONS} AS mine "
    "ON mine.user_id = period.user_id AND mine.group_id = period.group_id "
    "WHERE period.user_id = %s AND period.last_id > 0 AND period.group_id IN "
    f"(SELECT group_id FROM {_PERIODS} WHERE user_id = %s AND until_id IS NULL{{some}})"
)
# What a list is sorted and counted by.
_POSITION = ", ".join(
    f"COALESCE(mine.{field}, {_DEFAULTS.get(field, 'false')})"
    for field in ("muted", "pinned", "archived", "marked_unread", "request", "removed_id")
)


@lru_cache
def people_statement(peers: int | None) -> str:
    some = "" if peers is None else f" AND mine.peer_id IN ({marks(peers)})"
    return (
        f"SELECT mine.peer_id, mine.read_id, {_LAST.format(which=_SENT)}, {_LAST.format(which=_RECEIVED)}, "
        f"{_UNREAD_OF_PERSON}, CASE WHEN {_ARE_NOT_BLOCKED} THEN {_READ_BY_OTHER} END, {_OWN} "
        f"FROM {_CONVERSATIONS} AS mine WHERE mine.user_id = %s AND mine.peer_id IS NOT NULL{some}"
    )


@lru_cache
def groups_statement(groups: int | None) -> str:
    some = "" if groups is None else f" AND group_id IN ({marks(groups)})"
    ever_written = _IN_PERIOD.format(after="period.since_id")
    # Not looked for where somebody has written: a group without such a notice would be read as a whole.
    joined = (
        f"CASE WHEN NOT EXISTS (SELECT 1 FROM {_LOG} AS message WHERE {ever_written} AND {_IS_MESSAGE}) "
        f"THEN {_JOINED} END"
    )
    return (
        f"SELECT period.group_id, period.since_id, period.role, {_READ}, {joined}, "
        f"{_LAST.format(which=_WRITTEN)}, {_UNREAD_IN_GROUP}, {_MENTIONED.format(after=_AFTER_MARK)}, {_OWN} "
        f"{_PERIODS_OF_PERSON.format(some=some)}"
    )


# The same for the order of a list: of messages up to an id, which stays as others come.


def people_positions(*, with_unread: bool) -> str:
    unread = _UNREAD_OF_PERSON if with_unread else "0"
    sent, received = (_LAST.format(which=f"{which} AND message.id <= %s") for which in (_SENT, _RECEIVED))
    return (
        f"SELECT mine.peer_id, {sent}, {received}, {unread}, {_POSITION} "
        f"FROM {_CONVERSATIONS} AS mine WHERE mine.user_id = %s AND mine.peer_id IS NOT NULL"
    )


def groups_positions(*, with_unread: bool) -> str:
    unread = _UNREAD_IN_GROUP if with_unread else "0"
    last = _LAST.format(which=f"{_WRITTEN} AND message.id <= %s")
    periods = _PERIODS_OF_PERSON.format(some="")
    return f"SELECT period.group_id, period.since_id, {last}, {unread}, {_POSITION} {periods}"
