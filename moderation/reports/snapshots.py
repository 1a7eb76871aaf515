"""Snapshots: what was reported, as it was then, because it may be changed or recalled later.

A snapshot is JSON. Of a message: `conversation`, `title` for a group, and `messages`, oldest first: the one
marked `reported`, and a few before and after it that the reporter may read. Of a person: the profile as
`person`, and the last `messages` to the reporter. Of a group: `group`, with its name, notice, picture and
number of members.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from accounts.compact import compact_text
from accounts.selectors import names_of, people_of
from chat.reading import pages
from chat.reading.pages import ConversationReader, CurrentMessage
from log.cards import full_text
from log.details import custom_in
from log.models import ARE_MESSAGES, Group, Membership, Message
from log.rows import Entry, conversation_name
from moderation.models import Report
from uploads.names import stems_in
from uploads.references import Progress

# Messages before and after the reported one.
MESSAGES_AROUND = 5
# Messages of a reported person to the reporter.
MAX_PERSON_MESSAGES = 10
# Characters that are kept of the reported message, and of each other message.
MAX_REPORTED_CHARACTERS, MAX_OTHER_CHARACTERS = 16_000, 1_000

Snapshot = dict[str, Any]


def is_private(snapshot: Snapshot) -> bool:
    """Return whether it contains messages between two people."""
    return "title" not in snapshot and bool(snapshot.get("messages"))


def reason_to_read(report: Report) -> str:
    """Return the reason for the audit log when a private snapshot is read."""
    return f"report {report.pk}: {report.category}"


def message_snapshot(entry: Entry, reader: str) -> Snapshot:
    """Make the snapshot of a message. `reader`: the reporter, who may read the message."""
    peer = entry.peer_of(reader)
    page = pages.page_around(ConversationReader(reader, peer, hides=False), entry.id, 2 * MESSAGES_AROUND + 1)
    messages = [item for item in page.items if isinstance(item, CurrentMessage)]
    parts: Snapshot = {"messages": _with_names(messages, entry)}
    if isinstance(peer, int):
        parts["title"] = Group.objects.values_list("name", flat=True).get(pk=peer)
    return {"conversation": conversation_name(peer), **parts}


def person_snapshot(userid: str, reporter: str) -> Snapshot:
    ids = Message.objects.filter(ARE_MESSAGES, sender=userid, recipient=reporter).order_by("-id")
    messages = pages.messages_with_ids(
        reporter, list(ids.values_list("id", flat=True)[:MAX_PERSON_MESSAGES]), hides=False
    )
    ((_, nickname, avatar, _),) = people_of([userid])
    profile = {"userid": userid, "nickname": nickname, "avatar": avatar}
    return {"person": profile, "messages": _with_names(messages[::-1])}


def group_snapshot(group: Group) -> Snapshot:
    members = Membership.objects.current().filter(group=group).count()
    known = {
        "id": str(group.pk),
        "name": group.name,
        "notice": group.notice,
        "picture": group.picture or group.snap,
        "members": members,
    }
    return {"group": known | _custom_field(group.custom)}


def _with_names(messages: Iterable[CurrentMessage], reported: Entry | None = None) -> list[dict[str, Any]]:
    """Return the messages with the names of their senders."""
    complete = list(_with_original(reported, messages))
    names = names_of({message.entry.sender for message in complete})
    return [_message_fields(message, names[message.entry.sender][0], reported) for message in complete]


def _with_original(reported: Entry | None, messages: Iterable[CurrentMessage]) -> Iterator[CurrentMessage]:
    """Replace the reported message by its content before a recall."""
    for message in messages:
        if reported and message.entry.id == reported.id and message.recalled:
            yield message._replace(entry=reported)
        else:
            yield message


def _message_fields(message: CurrentMessage, name: str, reported: Entry | None) -> dict[str, Any]:
    entry = message.entry
    is_reported = reported is not None and entry.id == reported.id
    longest = MAX_REPORTED_CHARACTERS if is_reported else MAX_OTHER_CHARACTERS
    fields = {
        "id": entry.id,
        "from": entry.sender,
        "name": name,
        "kind": entry.kind,
        "content": full_text(entry.content, entry.details)[:longest],
        "time": entry.time,
    }
    marks = {
        "reported": is_reported,
        "recalled": message.recalled,
        "edited": message.edited is not None,
        "cut": len(entry.content) > longest,
    }
    if is_reported:
        fields |= _custom_field(custom_in(entry.details))
    return {**fields, **{mark: True for mark, is_so in marks.items() if is_so}}


def _custom_field(attached: dict[str, Any]) -> dict[str, str]:
    return {"custom": compact_text(attached)} if attached else {}


def evidence_stems(_progress: Progress, _leaving: str) -> Iterator[str]:
    """Yield the files that snapshots refer to, which are kept as evidence."""
    for snapshot in Report.objects.values_list("snapshot", flat=True).iterator(chunk_size=500):
        yield from stems_in(json.dumps(snapshot))
