"""The members of a group whom messages mention: which mentions count, and which members get them. Under the
log's lock."""

from collections.abc import Iterable, Sequence

from accounts.access import MANAGERS
from log.details import EVERYBODY, MENTIONS, decoded, with_mentions
from log.drafts import Draft
from log.models import Membership, Mention
from log.rows import EDIT, LogId, Recipient, Written

# Stands for all members. No userid is empty.
_ALL = ""


def only_of_members(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts, each with those of its mentions that count: of members of the group that it goes to, and of
    everybody if the sender manages it."""
    mentions = {id(draft): _mentions_in(draft.details) for draft in drafts}
    mentioning = [draft for draft in drafts if mentions[id(draft)]]
    roles = _roles(mentioning, {userid for mentioned in mentions.values() for userid in mentioned})

    def counts(draft: Draft, userid: str) -> bool:
        if userid == EVERYBODY:
            return roles.get((draft.to, draft.sender)) in MANAGERS
        return (draft.to, userid) in roles

    return [
        draft._replace(details=with_mentions(draft.details, [one for one in named if counts(draft, one)]))
        if (named := mentions[id(draft)])
        else draft
        for draft in drafts
    ]


def _roles(mentioning: Sequence[Draft], named: set[str]) -> dict[tuple[Recipient, str], str]:
    """Of those named in these drafts, and of who names everybody: their roles in the groups."""
    groups = {draft.to for draft in mentioning if isinstance(draft.to, int)}
    if not groups:
        return {}
    senders = {draft.sender for draft in mentioning}
    rows = Membership.objects.current().filter(group__in=groups, user__in=named | senders)
    return {(group, user): role for group, user, role in rows.values_list("group_id", "user_id", "role")}


def note(rows: Iterable[object]) -> None:
    """Note whom these new rows mention. An edit says who is mentioned from now on."""
    in_groups = [row for row in rows if isinstance(row, Written) and isinstance(row.to, int)]
    latest = {row.shows: row for row in in_groups if row.details or row.kind == EDIT}
    if edited := [id_ for id_, row in latest.items() if row.kind == EDIT]:
        forget(edited)
    if latest:
        mentions = (
            _mention(id_, row, who) for id_, row in latest.items() for who in _mentions_in(row.details)
        )
        Mention.objects.bulk_create(mentions, batch_size=100, ignore_conflicts=True)


def forget(ids: Iterable[LogId]) -> None:
    """Nobody is mentioned by these messages."""
    Mention.objects.filter(message_id__in=list(ids)).delete()


def _mentions_in(details: str) -> list[str]:
    return list(decoded(details).get(MENTIONS, ())) if details else []


def _mention(id_: LogId, row: Written, userid: str) -> Mention:
    mentioned = _ALL if userid == EVERYBODY else userid
    return Mention(group_id=row.to, userid=mentioned, message_id=id_, sender=row.sender)
