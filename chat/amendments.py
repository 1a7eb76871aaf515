"""What became of messages: recalled, edited, reacted to. A message is given out as it is now."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from chat.models import OFF, Message
from chat.protocol.rows import EDIT, REACTION, RECALL, Amendment, Entry, LogId, Row, Served, Withheld


class Latest(NamedTuple):
    """What a message is now. `recalled`, `edited`: the rows that did it last. `content`: what the edit says;
    None if there is none, or the message is recalled."""

    recalled: LogId | None = None
    edited: LogId | None = None
    content: str | None = None


AS_SENT = Latest()


def latest_of(ids: Collection[LogId]) -> dict[LogId, Latest]:
    """Those of the messages that are recalled or edited."""
    found: dict[LogId, Latest] = {}
    about = Message.objects.filter(target__in=ids, kind__in=(RECALL, EDIT)).order_by("id")
    for target, id_, kind, content in about.values_list("target", "id", "kind", "content") if ids else ():
        assert target is not None
        latest = found.get(target, AS_SENT)
        if kind == RECALL:
            found[target] = latest._replace(recalled=latest.recalled or id_, content=None)
        elif latest.recalled is None:
            found[target] = latest._replace(edited=id_, content=content)
    return found


def reactions_of(ids: Collection[LogId]) -> dict[LogId, dict[str, list[str]]]:
    """For each of the messages that has reactions: each emoji, and who has given it, in their order."""
    given: dict[LogId, dict[tuple[str, str], None]] = {}
    about = Message.objects.filter(target__in=ids, kind=REACTION).order_by("id")
    rows = about.values_list("target", "content", "sender_id", "extension") if ids else ()
    for target, emoji, sender, extension in rows:
        assert target is not None
        assert sender is not None
        reactions = given.setdefault(target, {})
        if extension == OFF:
            reactions.pop((emoji, sender), None)
        else:
            reactions.setdefault((emoji, sender))
    return {target: by_emoji for target, pairs in given.items() if (by_emoji := _by_emoji(pairs))}


class Reaction(NamedTuple):
    """The row that gave a reaction last, or took it back."""

    id: LogId
    is_on: bool


def reaction_of(userid: str, target: LogId, emoji: str) -> Reaction | None:
    """What the person did last with this emoji to the message."""
    rows = Message.objects.filter(target=target, kind=REACTION, sender=userid, content=emoji)
    last = rows.order_by("-id").values_list("id", "extension").first()
    return last and Reaction(last[0], last[1] != OFF)


def as_now(rows: Collection[Row]) -> Iterator[Served]:
    """The rows, with the messages among them as they are now. A recalled one is withheld, and so is each edit
    that says what the message says no more."""
    latest = latest_of({id_ for row in rows if (id_ := _message_of(row)) is not None})
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
