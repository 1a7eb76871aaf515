"""Spells the names of people in pinyin, some at a time.

Names are written in many places, by the version before too, and none of them spells. A row whose
`spelled_name` is not its nickname is spelled here, a moment later. An index holds these rows only.
"""

from django.db import connection, transaction
from django.db.models import F

from accounts.models import User
from accounts.names.pinyin import spelling_of

# So many people are dealt with at once: some 5 ms.
MAX_PEOPLE = 50

_STORE = (
    f"UPDATE {User._meta.db_table} SET spelled_name = %s, spelling = %s WHERE userid = %s AND nickname = %s"
)


def spell_some() -> bool:
    """Spell the names of at most MAX_PEOPLE people. Whether there may be more. Several processes may do it at
    once. Raises DatabaseError."""
    people = User.objects.exclude(spelled_name=F("nickname")).order_by("userid")
    named = list(people.values_list("userid", "nickname")[:MAX_PEOPLE])
    # Before the transaction: others write meanwhile.
    spelled = [(nickname, spelling_of(nickname), userid, nickname) for userid, nickname in named]
    if spelled:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(_STORE, spelled)
    return len(named) == MAX_PEOPLE
