"""Two people who have a conversation."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice

from django.db import connection

from log.models import IS_MESSAGE, NO_AMENDMENT, Conversation, Membership, Message
from log.rows import LogId

# A sender and a recipient.
Pair = tuple[str, str]

# How many conversations one statement begins. Some versions of SQLite allow only 999 parameters.
_ROWS = 100

_LOG = Message._meta.db_table
_NO_AMENDMENT = NO_AMENDMENT.format(table="message")


def marks(count: int) -> str:
    """The places of so many parameters in a statement."""
    return ", ".join(["%s"] * count)


def begin(pairs: Iterable[Pair], held: Iterable[Pair] = ()) -> None:
    """Both people of each pair have a conversation with the other from now on, if they had none; of a `held`
    pair, only the sender. It is a request for who has not written in it. Call it in the transaction of their
    message."""
    pairs = list(pairs)
    is_request = {(recipient, sender): True for sender, recipient in pairs}
    is_request |= dict.fromkeys((*pairs, *held), False)
    # In this order in every process: otherwise two of them could wait for each other.
    for some in _portions(sorted(is_request)):
        with connection.cursor() as cursor:
            cursor.execute(_begin(len(some)), [value for row in some for value in (*row, is_request[row])])


def begin_from_log(read_id: LogId) -> None:
    """All who have written to each other have a conversation with each other, if they had none, in which they
    have read everything up to the row `read_id`."""
    with connection.cursor() as cursor:
        for user, peer in (("sender_id", "recipient_id"), ("recipient_id", "sender_id")):
            cursor.execute(_BEGIN_FROM_LOG.format(user=user, peer=peer), [read_id])


def begin_in_groups(read_id: LogId) -> None:
    """All members of groups have a conversation there, if they had none, in which they have read everything
    up to the row `read_id`."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN_IN_GROUPS, [read_id])


# None of these are querysets, for the reason given for `accounts.selectors.silent_of`.


@lru_cache
def _begin(rows: int) -> str:
    values = ", ".join(["(%s, %s, %s)"] * rows)
    table = Conversation._meta.db_table
    return (
        f"INSERT INTO {table} (user_id, peer_id, request) VALUES {values} "
        "ON CONFLICT (user_id, peer_id) WHERE peer_id IS NOT NULL DO UPDATE SET request = false "
        f"WHERE {table}.request AND NOT excluded.request"
    )


# The pairs are read from an index alone, so that a log of millions of rows takes seconds. Then it is looked
# up whether there is a message between each two.
_BEGIN_FROM_LOG = f"""
    INSERT INTO {Conversation._meta.db_table} (user_id, peer_id, read_id)
    SELECT {{user}}, {{peer}}, %s
    FROM (
        SELECT DISTINCT sender_id, recipient_id FROM {_LOG} AS message
        WHERE recipient_id IS NOT NULL AND {_NO_AMENDMENT}
    ) AS pair
    WHERE (
        SELECT id FROM {_LOG} AS message
        WHERE message.sender_id = pair.sender_id AND message.recipient_id = pair.recipient_id
        AND {_NO_AMENDMENT} AND {IS_MESSAGE.format(table="message")} ORDER BY id LIMIT 1
    ) IS NOT NULL
    ON CONFLICT DO NOTHING
"""

_BEGIN_IN_GROUPS = f"""
    INSERT INTO {Conversation._meta.db_table} (user_id, group_id, read_id)
    SELECT user_id, group_id, %s FROM {Membership._meta.db_table} WHERE until_id IS NULL
    ON CONFLICT DO NOTHING
"""


def _portions(rows: Sequence[Pair]) -> Iterator[list[Pair]]:
    source = iter(rows)
    while portion := list(islice(source, _ROWS)):
        yield portion
