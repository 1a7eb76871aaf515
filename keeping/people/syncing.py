"""Creates and changes people as another product's directory describes them.

People are written in portions, each in a transaction with its audit entry. So an interrupted sync can be
repeated: values that are already stored are not written again. Bans are rows of the message log, each in a
transaction of its own. A sync never changes staff, lifts a moderator's ban or restores an erased person.
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
# The pause after a portion: this many times its duration, and at most this long.
REST, REST_SECONDS = 3.0, 0.02
# On SQLite, messages wait while a portion is written: 8 ms, nearly independent of its size. So portions are
# large, and the pause for each written person is long enough that only one message in fifty waits.
SECONDS_EACH = 0.0023
RESULTS = CREATED, CHANGED, SAME = "created", "changed", "same"
BAN, UNBAN = "person.ban", "person.unban"
# In the details of a ban: a directory has set it, and may lift it.
_BY_DIRECTORY = "directory"


class SyncOutcome(NamedTuple):
    """The result of one description: CREATED, CHANGED or SAME; empty if there was a problem."""

    userid: str
    result: str = ""
    problem: Problem | None = None


def sync(
    people_described: Iterable[PersonDescription | Problem], by: Moderator, *, dry_run: bool = False
) -> Iterator[list[SyncOutcome]]:
    """Create and change the people in order. Yield the outcomes, a portion at a time. `dry_run`: store
    nothing, and yield what the outcomes would be."""
    rest = iter(people_described)
    directory = _Directory(by, dry_run=dry_run)
    portions = iter(lambda: list(islice(rest, PORTION)), [])
    seconds_each = SECONDS_EACH if connection.vendor == "sqlite" and not dry_run else 0.0

    def extra_rest(outcomes: list[SyncOutcome]) -> float:
        return seconds_each * sum(outcome.result in (CREATED, CHANGED) for outcome in outcomes)

    yield from slowly(map(directory.apply, portions), REST, REST_SECONDS, extra_rest)


class _Known(NamedTuple):
    """The stored state of a portion's people. `erased`: the userids whose ban is part of an erasure.
    `moderated`: the userids that a moderator has banned."""

    entries: dict[str, DirectoryEntry]
    erased: Collection[str]
    moderated: Collection[str]


class _Directory:
    def __init__(self, by: Moderator, *, dry_run: bool) -> None:
        self._by = by
        self._dry_run = dry_run
        # The entries that a dry run would have stored.
        self._pretended: dict[str, DirectoryEntry] = {}

    def apply(self, portion: Sequence[PersonDescription | Problem]) -> list[SyncOutcome]:
        userids = {item.userid for item in portion if isinstance(item, PersonDescription)}
        pretended = {userid: self._pretended[userid] for userid in userids & self._pretended.keys()}
        entries = people.entries_of(userids) | pretended
        known, changed, outcomes = _decided(portion, entries)
        if self._dry_run:
            self._pretended |= changed
        elif changed:
            # Locked only now: a portion without changes must not wait for other writers.
            with transaction.atomic():
                locked = _locked(userids)
                preconditions.check()
                # Whether a ban may be lifted depends on more than the entry.
                if locked != entries or any(entry.banned for entry in entries.values()):
                    known, changed, outcomes = _decided(portion, locked)
                self._store(known, changed)
            self._set_bans(known, changed)
        return outcomes

    def _store(self, known: _Known, changed: dict[str, DirectoryEntry]) -> None:
        new = changed.keys() - known.entries.keys()
        written = {
            userid: entry
            for userid, entry in changed.items()
            if userid in new or _is_other(known.entries[userid], entry)
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
    """Return the stored state, the entries to store, and the outcome of each description."""
    known = _known(entries)
    after = dict(known.entries)
    outcomes = [_decide(item, known, after) for item in portion]
    changed = {userid: entry for userid, entry in after.items() if known.entries.get(userid) != entry}
    return known, changed, outcomes


def _locked(userids: Collection[str]) -> dict[str, DirectoryEntry]:
    """Lock the people until the transaction ends, and create those that do not exist. Return the entries of
    those that existed before."""
    entries = people.entries_of(userids, lock=True)
    missing = [userid for userid in userids if userid not in entries and not services.is_desk(userid)]
    return entries | people.make(missing) if missing else entries


def _known(entries: dict[str, DirectoryEntry]) -> _Known:
    banned = [person_target(userid) for userid, entry in entries.items() if entry.banned]
    if not banned:
        return _Known(entries, (), ())
    erased = Erasure.objects.filter(target__in=banned).values_list("target", flat=True)
    lines = AuditEntry.objects.filter(target__in=banned, action__in=(BAN, UNBAN)).order_by("pk")
    last = dict(lines.values_list("target", "details"))
    moderated = {target for target in banned if not last.get(target, {}).get(_BY_DIRECTORY)}
    return _Known(entries, _userids(erased), _userids(moderated))


def _userids(targets: Iterable[str]) -> set[str]:
    return {target.removeprefix(PERSON) for target in targets}


def _decide(
    described: PersonDescription | Problem, known: _Known, after: dict[str, DirectoryEntry]
) -> SyncOutcome:
    """Return the outcome of a description, and put the new entry into `after`."""
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
    """Whether the entries differ in a stored column. Bans are not compared."""
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
        # The desk's undo reads these details.
        details = {"until": None, "recall_hours": 0, "before": before, _BY_DIRECTORY: True}
        audit.record(by, BAN if banned else UNBAN, person_target(userid), "", log_id, **details)
