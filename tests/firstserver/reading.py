"""Reads the rows that a login would send now."""

from accounts.models import User
from chat.reading import selectors
from chat.reading.login_reads import read_for_logins
from log import positions
from log.rows import Entry

PAGE = 7


def waiting_for(userid: str) -> list[Entry]:
    """Return the undelivered rows of the person, as the feed reads them."""
    delivered = User.objects.get(pk=userid).delivered_id
    assert bool(_read(userid, delivered)) == (userid in read_for_logins([userid], [userid]).unread)
    return _read(userid, delivered)


def contents(userid: str) -> list[str]:
    return [entry.content for entry in waiting_for(userid)]


def _read(userid: str, after: int) -> list[Entry]:
    results: list[Entry] = []
    upto, more = positions.last_id(), True
    while more:
        rows, more = selectors.backlog(userid, after, upto, PAGE)
        for row in rows:
            assert isinstance(row, Entry)
            results.append(row)
        after = rows[-1].id if rows else after
    return results
