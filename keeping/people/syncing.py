"""Makes people what the directory of another product says of them.

They are written in portions, each in a transaction with its line in the audit log. So it can be cut off
anywhere, and done again: what is so already stays as it is. Bans are in the log of messages, each in a
transaction of its own. Nothing here changes staff, undoes what a moderator has done, or brings back what was
erased.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from django.db import connection, transaction

from accounts import people, preconditions, services
from accounts.people import DirectoryEntry, PersonDescription
from keeping.erasing.records import PERSON
from keeping.models import Erasure
from keeping.pace import slowly
from keeping.people.decoding import Problem
from moderation import audit
from moderation.actions import sanctions
from moderation.actions.acting import person_target
from moderation.models import AuditEntry
from moderation.moderators import Moderator

PORTION = 200
# After a portion, a server gets at the database so many times as long, but at most for so long.
REST, REST_SECONDS = 3.0, 0.02
# On SQLite, a message waits while a portion is written: 8 ms, and nearly as long for fewer people. So there
# are few portions, and so much time for each person who is written that one message in fifty meets one.
SECONDS_EACH = 0.0023
RESULTS = CREATED, CHANGED, SAME = "created", "changed", "same"
BAN, UNBAN = "person.ban", "person.unban"
# In the details of a ban: a directory has asked for it, and may take it back.
_BY_DIRECTORY = "directory"


class SyncOutcome(NamedTuple):
    """What became of one object. `result`: CREATED, CHANGED or SAME; empty with a problem."""

    userid: str
    result: str = ""
    problem: Problem | None = None


def sync(
    people_described: Iterable[PersonDescription | Problem], by: Moderator, *, dry_run: bool = False
) -> Iterator[list[SyncOutcome]]:
    """Do what is said of each, in order; what became of it, a portion at a time. `dry_run`: store nothing,
    and say what would become of it."""
    rest = iter(people_described)
    directory = _Directory(by, dry_run=dry_run)
    portions = iter(lambda: list(islice(rest, PORTION)), [])
    seconds_each = SECONDS_EACH if connection.vendor == "sqlite" and not dry_run else 0.0

    def for_messages(outcomes: list[SyncOutcome]) -> float:
        return seconds_each * sum(one.result in (CREATED, CHANGED) for one in outcomes)

    yield from slowly(map(directory.take, portions), REST, REST_SECONDS, for_messages)


class _Known(NamedTuple):
    """Of a portion's people. `erased`: whose ban is part of it. `moderated`: whose ban is a moderator's."""

    entries: dict[str, DirectoryEntry]
    erased: Collection[str]
    moderated: Collection[str]


class _Directory:
    def __init__(self, by: Moderator, *, dry_run: bool) -> None:
        self._by = by
        self._dry_run = dry_run
        # What a dry run would have stored.
        self._would: dict[str, DirectoryEntry] = {}

    def take(self, portion: Sequence[PersonDescription | Problem]) -> list[SyncOutcome]:
        userids = {one.userid for one in portion if isinstance(one, PersonDescription)}
        would = {name: self._would[name] for name in userids & self._would.keys()}
        entries = people.entries_of(userids) | would
        known, changed, outcomes = _decided(portion, entries)
        if self._dry_run:
            self._would |= changed
        elif changed:
            # Not before: nobody needs to wait for a portion in which nothing is new.
            with transaction.atomic():
                locked = _locked(userids)
                preconditions.check()
                # Of whom is banned, more counts than the entry.
                if locked != entries or any(one.banned for one in entries.values()):
                    known, changed, outcomes = _decided(portion, locked)
                self._store(known, changed)
            self._set_bans(known, changed)
        return outcomes

    def _store(self, known: _Known, changed: dict[str, DirectoryEntry]) -> None:
        new = changed.keys() - known.entries.keys()
        written = {
            name: one for name, one in changed.items() if name in new or _is_other(known.entries[name], one)
        }
        if written:
            people.write(written)
            _record(self._by, sorted(new), sorted(written.keys() - new))

    def _set_bans(self, known: _Known, changed: dict[str, DirectoryEntry]) -> None:
        for userid, entry in changed.items():
            if entry.banned != known.entries.get(userid, DirectoryEntry()).banned:
                _set_ban(userid, self._by, banned=entry.banned)


def _decided(
    portion: Sequence[PersonDescription | Problem], entries: dict[str, DirectoryEntry]
) -> tuple[_Known, dict[str, DirectoryEntry], list[SyncOutcome]]:
    """What becomes of a portion: what is known, what is to be stored, and what is said of each."""
    known = _known(entries)
    after = dict(known.entries)
    outcomes = [_decide(one, known, after) for one in portion]
    changed = {name: one for name, one in after.items() if known.entries.get(name) != one}
    return known, changed, outcomes


def _locked(userids: Collection[str]) -> dict[str, DirectoryEntry]:
    """What is stored of these people, whom nobody else changes until the transaction ends. Those who were not
    there are made, and are not among them."""
    entries = people.entries_of(userids, lock=True)
    missing = [userid for userid in userids if userid not in entries and not services.is_desk(userid)]
    return entries | people.make(missing) if missing else entries


def _known(entries: dict[str, DirectoryEntry]) -> _Known:
    banned = [person_target(userid) for userid, one in entries.items() if one.banned]
    if not banned:
        return _Known(entries, (), ())
    erased = Erasure.objects.filter(target__in=banned).values_list("target", flat=True)
    lines = AuditEntry.objects.filter(target__in=banned, action__in=(BAN, UNBAN)).order_by("pk")
    last = dict(lines.values_list("target", "details"))
    moderated = {one for one in banned if not last.get(one, {}).get(_BY_DIRECTORY)}
    return _Known(entries, _userids(erased), _userids(moderated))


def _userids(targets: Iterable[str]) -> set[str]:
    return {target.removeprefix(PERSON) for target in targets}


def _decide(
    described: PersonDescription | Problem, known: _Known, after: dict[str, DirectoryEntry]
) -> SyncOutcome:
    """What becomes of it; `after` then has it."""
    if isinstance(described, Problem):
        return SyncOutcome(described.userid, problem=described)
    userid, entry = described.userid, after.get(described.userid)
    if problem := _rejection(described, entry, known):
        return SyncOutcome(userid, problem=problem)
    updated = people.described(entry or DirectoryEntry(), described)
    if described.banned is not None:
        updated = updated._replace(banned=described.banned)
    after[userid] = updated
    if entry is None:
        return SyncOutcome(userid, CREATED)
    return SyncOutcome(
        userid, SAME if (updated.banned == entry.banned and not _is_other(entry, updated)) else CHANGED
    )


def _is_other(entry: DirectoryEntry, updated: DirectoryEntry) -> bool:
    """Whether something else is to be stored than is, besides a ban."""
    return any(getattr(entry, name) != getattr(updated, name) for name in people.COLUMNS)


def _rejection(described: PersonDescription, entry: DirectoryEntry | None, known: _Known) -> Problem | None:
    userid = described.userid
    if services.is_desk(userid) or (entry and entry.is_protected):
        return Problem("not_allowed", "Staff and the service itself are changed by hand only.", "", userid)
    if userid in known.erased:
        return Problem("conflict", "This person was erased. An operator can unban them.", "", userid)
    if described.is_new and entry:
        return Problem("conflict", "There is such a person already.", "userid", userid)
    if described.banned is False and entry and entry.banned and userid in known.moderated:
        return Problem("conflict", "A moderator has banned this person.", "banned", userid)
    return None


def _record(by: Moderator, new: list[str], changed: list[str]) -> None:
    if len(new) + len(changed) == 1:
        audit.record(by, "person.create" if new else "person.change", person_target((new or changed)[0]))
    else:
        audit.record(by, "people.sync", "", created=new, changed=changed)


def _set_ban(userid: str, by: Moderator, *, banned: bool) -> None:
    with transaction.atomic():
        before = sanctions.current_ban(sanctions.lock_person(userid))
        log_id = services.set_account_status(userid, banned=banned)
        if log_id is None:
            return
        # As an undo of the desk reads it.
        details = {"until": None, "recall_hours": 0, "before": before, _BY_DIRECTORY: True}
        audit.record(by, BAN if banned else UNBAN, person_target(userid), "", log_id, **details)
