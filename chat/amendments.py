"""What became of messages: recalled, edited, reacted to. A message is given out as it is now."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from chat.models import OFF, Message
from chat.protocol.rows import EDIT, REACTION, RECALL, Amendment, Entry, LogId, Row, Served, Withheld
from groups.models import ANY_ID, Membership


class Latest(NamedTuple):
    """What a message is now. `recalled`, `edited`: the rows that did it last. `content`: what the edit says;
    None if there is none, or the message is recalled."""

    recalled: LogId | None = None
    edited: LogId | None = None
    content: str | None = None


AS_SENT = Latest()


class _About(NamedTuple):
    """A row about the message `target`."""

    target: LogId
    id: LogId
    kind: str
    content: str
    sender: str
    group: int | None
    extension: str


def latest_of(ids: Collection[LogId], reader: str | None = None) -> dict[LogId, Latest]:
    """Those of the messages that are recalled or edited, as far as `reader` may know: who has left a group
    is told of recalls, but not of what was written there afterwards. None: as it is."""
    found: dict[LogId, Latest] = {}
    for row in _about(ids, (RECALL, EDIT), reader):
        latest = found.get(row.target, AS_SENT)
        if row.kind == RECALL:
            found[row.target] = latest._replace(recalled=latest.recalled or row.id, content=None)
        elif latest.recalled is None:
            found[row.target] = latest._replace(edited=row.id, content=row.content)
    return found


def reactions_of(ids: Collection[LogId], reader: str | None = None) -> dict[LogId, dict[str, list[str]]]:
    """For each of the messages that has reactions: each emoji, and who has given it, in their order.
    `reader`: as for `latest_of`."""
    given: dict[LogId, dict[tuple[str, str], None]] = {}
    for row in _about(ids, (REACTION,), reader):
        reactions = given.setdefault(row.target, {})
        if row.extension == OFF:
            reactions.pop((row.content, row.sender), None)
        else:
            reactions.setdefault((row.content, row.sender))
    return {target: by_emoji for target, pairs in given.items() if (by_emoji := _by_emoji(pairs))}


def _about(ids: Collection[LogId], kinds: Collection[str], reader: str | None) -> list[_About]:
    """What of these kinds was done to the messages, in its order, as far as `reader` may know."""
    if not ids:
        return []
    about = Message.objects.filter(target__in=ids, kind__in=kinds).order_by("id")
    fields = ("target", "id", "kind", "content", "sender_id", "group_id", "extension")
    rows = [_About(*values) for values in about.values_list(*fields)]
    groups = {row.group for row in rows if row.group is not None and row.kind != RECALL}
    if reader is None or not groups:
        return rows
    spans = _spans_of(reader, groups)
    return [row for row in rows if row.kind == RECALL or row.group is None or _is_within(row, spans)]


def _spans_of(reader: str, groups: Collection[int]) -> list[tuple[int, LogId, LogId]]:
    """The membership periods of the reader in these groups."""
    periods = Membership.objects.filter(user=reader, group__in=groups)
    found = periods.values_list("group_id", "since_id", "until_id")
    return [(group, since, ANY_ID if until is None else until) for group, since, until in found]


def _is_within(row: _About, spans: Collection[tuple[int, LogId, LogId]]) -> bool:
    return any(row.group == group and since < row.id < until for group, since, until in spans)


class Reaction(NamedTuple):
    """The row that gave a reaction last, or took it back."""

    id: LogId
    is_on: bool


def reaction_of(userid: str, target: LogId, emoji: str) -> Reaction | None:
    """What the person did last with this emoji to the message."""
    rows = Message.objects.filter(target=target, kind=REACTION, sender=userid, content=emoji)
    last = rows.order_by("-id").values_list("id", "extension").first()
    return last and Reaction(last[0], last[1] != OFF)


def as_now(rows: Collection[Row], reader: str) -> Iterator[Served]:
    """The rows, with the messages among them as they are now for `reader`. A recalled one is withheld, and so
    is each edit that says what the message says no more."""
    latest = latest_of({id_ for row in rows if (id_ := _message_of(row)) is not None}, reader)
    for row in rows:
        if isinstance(row, Entry):
            yield _changed(row, latest.get(row.id, AS_SENT))
        elif isinstance(row, Amendment) and row.kind == EDIT:
            yield _last_only(row, latest.get(row.target, AS_SENT))
        else:
            yield row


def _message_of(row: Row) -> LogId | None:
    """The message whose content is in the row."""
    if isinstance(row, Amendment):
        return row.target if row.kind == EDIT else None
    return row.id if isinstance(row, Entry) else None


def _changed(entry: Entry, now: Latest) -> Served:
    if now.recalled is not None:
        return Withheld(entry.id)
    return entry if now.content is None else entry._replace(content=now.content)


def _last_only(edit: Amendment, now: Latest) -> Served:
    return edit if now.recalled is None and now.edited == edit.id else Withheld(edit.id)


def _by_emoji(pairs: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for emoji, sender in pairs:
        found.setdefault(emoji, []).append(sender)
    return found
