"""Reactions to messages: who has given which.

The log has each of them. A message may have tens of thousands, so what many come to is kept as a tally, and a
page reads the tallies of its messages and the rows after these. A tally is brought up to date in the
transaction that appends a reaction.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

import msgspec

from accounts.compact import compact_text
from accounts.statements import among, fetch
from log.amendments import Spans, is_known, spans_of
from log.group_models import ANY_ID
from log.models import Message, ReactionTally
from log.rows import REACTION, LogId
from log.stored_rows import OFF

# How many userids are listed for an emoji.
MAX_NAMED_USERIDS = 20
# And so many are kept in a tally, because some of them take it back.
MAX_STORED_USERIDS = 40
# A message with more rows after its tally gets another.
MAX_ROWS = 50
# Somebody who was not in the group all the time gets what the first so many rows come to.
MAX_ROWS_OF_STRANGERS = 200

_MESSAGES, _TALLIES = Message._meta.db_table, ReactionTally._meta.db_table
_FIELDS = "target, id, group_id, content, sender_id, extension"


class Reactions(NamedTuple):
    """`userids`: for each emoji the first of those who have given it, at most MAX_NAMED_USERIDS, and who
    asks. `counts`: how many have given it, for each emoji of which that is more."""

    userids: dict[str, list[str]]
    counts: dict[str, int]


NONE = Reactions({}, {})


class Reaction(NamedTuple):
    """The row that gave a reaction last, or took it back."""

    id: LogId
    is_on: bool


class _ReactionRow(NamedTuple):
    target: LogId
    id: LogId
    group: int | None
    emoji: str
    sender: str
    extension: str


# How many have given an emoji, and the first of them.
_Givers = tuple[int, list[str]]


class _Tally(NamedTuple):
    upto: LogId
    group: int | None
    by_emoji: dict[str, _Givers]


# A page may have fifty of them, each with a thousand names.
_decode = msgspec.json.Decoder(dict[str, _Givers]).decode

# Who has given which emoji, beyond those that a tally names.
_Others = set[tuple[str, str]]


def reactions_of(ids: Collection[LogId], reader: str | None = None) -> dict[LogId, Reactions]:
    """For each of the messages that has reactions. `reader`: what this person may know, see
    `amendments.latest_of`; None for everything."""
    if not ids:
        return {}
    tallies = _tallies_of(ids)
    rows = _rows_after(tallies, ids)
    groups = {tally.group for tally in tallies.values()} | {row.group for row in rows}
    spans = spans_of(reader, {group for group in groups if group is not None})
    unknown = {target for target, tally in tallies.items() if not _knows_all(target, tally.group, spans)}
    tallied = {target: tally.by_emoji for target, tally in tallies.items() if target not in unknown}
    _replay_each(tallied, (row for row in rows if row.target not in unknown), tallies, spans)
    for target in unknown:
        _replay_each(tallied, _first_rows(target), {}, spans)
    own = _own_reactions({target for target, by_emoji in tallied.items() if _is_cut(by_emoji)}, reader)
    replies = (
        (target, _reactions_for(by_emoji, reader, own.get(target, ())))
        for target, by_emoji in tallied.items()
    )
    return {target: reactions for target, reactions in replies if reactions.userids}


def reaction_of(userid: str, target: LogId, emoji: str) -> Reaction | None:
    """What the person did last with this emoji to the message."""
    rows = Message.objects.filter(target=target, kind=REACTION, sender=userid, content=emoji)
    last = rows.order_by("-id").values_list("id", "extension").first()
    return last and Reaction(last[0], last[1] != OFF)


def count_reactions(userid: str, target: LogId, most: int) -> int:
    """How many different reactions the person has given to the message, also those taken back; at most
    `most`."""
    rows = Message.objects.filter(target=target, kind=REACTION, sender=userid)
    return rows.values("content").distinct()[:most].count()


def tally(targets: Collection[LogId], most: int | None = None) -> None:
    """Bring the tallies of these messages up to date, unless they have at most `most` rows after it, MAX_ROWS
    as a rule. Call it in a transaction that has taken the end of the log."""
    tallies = _tallies_of(targets) if targets else {}
    by_target: dict[LogId, list[_ReactionRow]] = defaultdict(list)
    for row in _rows_after(tallies, targets):
        by_target[row.target].append(row)
    long = {
        target: rows for target, rows in by_target.items() if len(rows) > (MAX_ROWS if most is None else most)
    }
    for target, rows in long.items():
        tallied = {target: tallies[target].by_emoji} if target in tallies else {}
        _replay_each(tallied, rows, tallies, None)
        _write(target, _Tally(rows[-1].id, rows[-1].group, tallied.get(target, {})))


def refresh(targets: Collection[LogId]) -> None:
    """Bring the tallies that there are of these messages up to date. The same holds."""
    tally(list(_tallies_of(targets)), most=0)


def take_back(userid: str, reacted: Iterable[tuple[LogId, str]]) -> None:
    """Take reactions that the person has given to messages out of their tallies, which must be up to date."""
    by_target: dict[LogId, set[str]] = defaultdict(set)
    for target, emoji in reacted:
        by_target[target].add(emoji)
    for target, tally_ in _tallies_of(by_target).items() if by_target else ():
        others = {(emoji, userid) for emoji in by_target[target]}
        for emoji in by_target[target]:
            _replay(tally_.by_emoji, others, emoji, userid, is_on=False)
        _write(target, tally_)


def forget(first: LogId, last: LogId) -> None:
    """Remove the tallies of the messages between these ids that are there no more."""
    there = Message.objects.filter(pk__gte=first, pk__lte=last)
    tallies = ReactionTally.objects.filter(target__gte=first, target__lte=last)
    tallies.exclude(target__in=there.values("pk")).delete()


def _tallies_of(ids: Collection[LogId]) -> dict[LogId, _Tally]:
    listed, params = among(ids)
    rows = fetch(f"SELECT target, upto_id, group_id, given FROM {_TALLIES} WHERE target {listed}", *params)
    return {target: _Tally(upto, group, _decode(by_emoji)) for target, upto, group, by_emoji in rows}


def _write(target: LogId, tally_: _Tally) -> None:
    ReactionTally.objects.bulk_create(
        [
            ReactionTally(
                target=target, upto_id=tally_.upto, group_id=tally_.group, given=compact_text(tally_.by_emoji)
            )
        ],
        update_conflicts=True,
        unique_fields=["target"],
        update_fields=["upto_id", "group_id", "given"],
    )


def _rows_after(tallies: dict[LogId, _Tally], ids: Collection[LogId]) -> list[_ReactionRow]:
    """The rows about these messages that are in none of the tallies, in their order."""
    rows: list[_ReactionRow] = []
    if others := [id_ for id_ in ids if id_ not in tallies]:
        listed, params = among(others)
        rows += _fetch(f"FROM {_MESSAGES} WHERE target {listed} AND kind = '{REACTION}'", *params)
    if tallies:
        values = ", ".join(["(%s, %s)"] * len(tallies))
        # A cross join, which SQLite does in this order: one index lookup for each message.
        rows += _fetch(
            f"FROM (SELECT column1 AS aim, column2 AS upto FROM (VALUES {values}) AS given) AS wanted"
            f" CROSS JOIN {_MESSAGES} WHERE target = aim AND kind = '{REACTION}' AND id > upto",
            *(value for target, tally_ in tallies.items() for value in (target, tally_.upto)),
        )
    return sorted(rows, key=lambda row: row.id)


def _first_rows(target: LogId) -> list[_ReactionRow]:
    statement = f"FROM {_MESSAGES} WHERE target = %s AND kind = '{REACTION}' ORDER BY id LIMIT %s"
    return _fetch(statement, target, MAX_ROWS_OF_STRANGERS)


def _fetch(statement: str, *params: object) -> list[_ReactionRow]:
    return [_ReactionRow(*fields) for fields in fetch(f"SELECT {_FIELDS} {statement}", *params)]


def _knows_all(target: LogId, group: int | None, spans: Spans | None) -> bool:
    """Whether somebody with these periods has been in the group from the message on, and is."""
    if group is None or spans is None:
        return True
    return any(since < target and until == ANY_ID for since, until in spans.get(group, ())[-1:])


def _replay_each(
    tallied: dict[LogId, dict[str, _Givers]],
    rows: Iterable[_ReactionRow],
    tallies: dict[LogId, _Tally],
    spans: Spans | None,
) -> None:
    """Apply the rows to what is `tallied` of their messages."""
    known = [row for row in rows if is_known(row.id, row.group, spans)]
    others = _others(known, {target: tally_ for target, tally_ in tallies.items() if target in tallied})
    for row in known:
        by_emoji = tallied.setdefault(row.target, {})
        _replay(by_emoji, others[row.target], row.emoji, row.sender, is_on=row.extension != OFF)


def _others(rows: Iterable[_ReactionRow], tallies: dict[LogId, _Tally]) -> dict[LogId, _Others]:
    """For each message what those who have sent these rows had given before, as the tallies count: what the
    first row takes back. No row is appended that changes nothing."""
    others: dict[LogId, _Others] = defaultdict(set)
    seen: set[tuple[LogId, str, str]] = set()
    for row in rows:
        if row.target in tallies and (which := (row.target, row.emoji, row.sender)) not in seen:
            seen.add(which)
            if row.extension == OFF:
                others[row.target].add((row.emoji, row.sender))
    return others


def _replay(by_emoji: dict[str, _Givers], others: _Others, emoji: str, sender: str, *, is_on: bool) -> None:
    """Apply one row. `others`: who has given what, of those whom `by_emoji` does not name."""
    if not emoji:
        return  # it was erased
    count, userids = by_emoji.get(emoji) or (0, [])
    if is_on == (sender in userids or (emoji, sender) in others):
        return
    if not is_on:
        others.discard((emoji, sender))
        userids = [userid for userid in userids if userid != sender]
        if not userids:
            # A tally does not say who they are, the rows do.
            userids = sorted(userid for other, userid in others if other == emoji)[:MAX_STORED_USERIDS]
            others.difference_update((emoji, userid) for userid in userids)
    elif len(userids) < MAX_STORED_USERIDS:
        userids = [*userids, sender]
    else:
        others.add((emoji, sender))
    count += 1 if is_on else -1
    if count:
        by_emoji[emoji] = (count, userids)
    else:
        by_emoji.pop(emoji, None)


def _reactions_of_people(userids: Collection[str], targets: Collection[LogId]) -> list[_ReactionRow]:
    """What these people have given to the messages, and taken back, in its order."""
    of_targets, aims = among(targets)
    of_senders, senders = among(userids)
    which = f"target {of_targets} AND sender_id {of_senders} AND kind = '{REACTION}'"
    rows = _fetch(f"FROM {_MESSAGES} WHERE {which}", *aims, *senders)
    return sorted(rows, key=lambda row: row.id)


def _own_reactions(targets: Collection[LogId], reader: str | None) -> dict[LogId, set[str]]:
    emojis: dict[LogId, set[str]] = defaultdict(set)
    for row in _reactions_of_people([reader], targets) if targets and reader is not None else ():
        (emojis[row.target].discard if row.extension == OFF else emojis[row.target].add)(row.emoji)
    return emojis


def _is_cut(by_emoji: dict[str, _Givers]) -> bool:
    """Whether it names not all."""
    return any(count > len(userids) for count, userids in by_emoji.values())


def _reactions_for(by_emoji: dict[str, _Givers], reader: str | None, own: Collection[str]) -> Reactions:
    userids: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    for emoji, (count, givers) in by_emoji.items():
        named = userids[emoji] = givers[:MAX_NAMED_USERIDS]
        if reader is not None and reader not in named and (emoji in own or reader in givers):
            named.append(reader)
        if len(named) < count:
            counts[emoji] = count
    return Reactions(userids, counts)
