"""Amendments that do again what was done: by somebody who asks twice, maybe on two processes at once."""

from collections.abc import Collection, Hashable, Sequence
from typing import NamedTuple

from accounts.statements import among, fetch
from log.amendments import last_edits_of, recalls_of
from log.drafts import Draft
from log.models import Message
from log.responses import closed_among, last_responses
from log.rows import AMENDMENTS, CLOSING, EDIT, REACTION, RECALL, RESPONSE, LogId

_REACTIONS = (
    f"SELECT target, sender_id, content, id, extension FROM {Message._meta.db_table}"
    f" WHERE kind = '{REACTION}' AND target {{targets}} AND sender_id {{senders}} ORDER BY id"
)


class _Last(NamedTuple):
    """What was done last, and by which row or draft."""

    what: str
    by: LogId | Draft


def repeats(drafts: Sequence[Draft]) -> dict[int, LogId | Draft]:
    """By their `id()`, those of the drafts that would do what is done already, each with the row, or with the
    earlier one of the drafts, that has done it. While the log is locked this stays true. Raises
    DatabaseError."""
    amendments = [draft for draft in drafts if draft.kind in AMENDMENTS]
    if not amendments:
        return {}  # as is usual
    last = _last_of(amendments)
    repeated: dict[int, LogId | Draft] = {}
    for draft in amendments:
        subject, what = _subject(draft), _what(draft)
        before = last.get(subject)
        if before is not None and before.what == what:
            repeated[id(draft)] = before.by
        else:
            last[subject] = _Last(what, draft)
    return repeated


def _subject(draft: Draft) -> Hashable:
    """What the draft sets. Each person has each reaction of their own."""
    if draft.kind == REACTION:
        return REACTION, draft.target, draft.sender, draft.content
    if draft.kind == RESPONSE:
        return RESPONSE, draft.target, draft.sender
    return draft.kind, draft.target


def _what(draft: Draft) -> str:
    """What it sets that to."""
    if draft.kind == RESPONSE:
        return draft.content
    return _edit(draft.content, draft.details) if draft.kind == EDIT else draft.extension


def _edit(content: str, details: str) -> str:
    return f"{content}\0{details}"


def _last_of(amendments: Collection[Draft]) -> dict[Hashable, _Last]:
    recalled = recalls_of(_targets(amendments, RECALL))
    edits = last_edits_of(_targets(amendments, EDIT))
    return {
        **{(RECALL, target): _Last("", recall.id) for target, recall in recalled.items()},
        **{
            (EDIT, target): _Last(_edit(edit.content, edit.details), edit.id)
            for target, edit in edits.items()
        },
        **_last_reactions([draft for draft in amendments if draft.kind == REACTION]),
        **{
            (RESPONSE, target, sender): _Last(content, id_)
            for target, sender, content, id_ in last_responses(
                {draft.sender for draft in amendments if draft.kind == RESPONSE},
                _targets(amendments, RESPONSE),
            )
        },
        **{
            (CLOSING, target): _Last("", closed)
            for target, closed in closed_among(_targets(amendments, CLOSING)).items()
        },
    }


def _targets(amendments: Collection[Draft], kind: str) -> set[LogId]:
    return {draft.target for draft in amendments if draft.kind == kind and draft.target is not None}


def _last_reactions(reactions: Collection[Draft]) -> dict[Hashable, _Last]:
    if not reactions:
        return {}
    targets, of_targets = among(_targets(reactions, REACTION))
    senders, of_senders = among({draft.sender for draft in reactions})
    rows = fetch(_REACTIONS.format(targets=targets, senders=senders), *of_targets, *of_senders)
    return {
        (REACTION, target, sender, emoji): _Last(extension, id_)
        for target, sender, emoji, id_, extension in rows
    }
