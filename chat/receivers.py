"""Records changes of groups and standing in the log, and tells uploads which files the log refers to."""

import base64
from typing import Any

from django.dispatch import receiver

from accounts.signals import standing_changed
from accounts.standing import Change
from chat import log, selectors
from chat.models import Message
from chat.protocol.rows import KINDS
from groups.models import Group
from groups.signals import Place, group_changed, membership_changed
from uploads.names import stems_in
from uploads.signals import Progress, references_wanted


@receiver(membership_changed)
def give_change_its_place(
    group: Group, joined: list[str], left: list[str], by: str | None = None, **_: Any
) -> Place:
    """Append a notice in the transaction of the change; its id is the change's position in the log."""
    place = log.append_notice(group.pk, joined, left, by)
    return Place(place, selectors.last_id_of_group(group.pk, before=place) if left else 0)


@receiver(group_changed)
def record_group_change(group: Group, changed: dict[str, Any], by: str | None, **_: Any) -> None:
    """Append a change of the group itself in its transaction."""
    log.append_group_change(group.pk, changed, by)


@receiver(standing_changed)
def record_standing(userid: str, change: Change, **_: Any) -> None:
    """Append a change of standing in its transaction. Every process acts on it when it reads it."""
    log.append_standing(userid, change)


@receiver(references_wanted)
def tell_of_messages(stems: frozenset[str], progress: Progress, **_: Any) -> set[str]:
    """The files that the log refers to: in messages, and in the avatars that clients send with them."""
    messages = Message.objects.filter(kind__in=KINDS)
    rows = messages.values_list("content", "extension").iterator(chunk_size=2000)
    found: set[str] = set()
    for content, extension in progress(rows, messages.count()):
        for text in (content, extension, _unpacked(extension)):
            found.update(stems.intersection(stems_in(text)))
    return found


def _unpacked(extension: str) -> str:
    """The text that clients encode as Base64 with line breaks; empty if `extension` is something else."""
    try:
        return base64.b64decode(extension).decode("utf-8", "replace")
    except ValueError:
        return ""
