"""Records changes of groups and standing in the log, and tells uploads which files the log refers to."""

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.dispatch import receiver

from accounts.account_status import Change
from accounts.given_names import NameRefused
from accounts.signals import account_status_changed, name_given, shown_wanted
from chat.access import CommandRefused
from chat.models import LinkPreview
from chat.protocol.replies import Code
from chat.readers import fulltext
from chat.reading import recalled_files
from chat.reading.referring import stems_of
from chat.services import checking, screening
from chat.services.checking import Question, Subject
from chat.signals import conversation_changed, message_erased
from groups.errors import NotAllowed, NotChecked
from groups.signals import (
    notice_confirmed,
    text_given,
)
from log import changes, reach
from log.models import ARE_MESSAGES, Group, HeldMessage, Message, Sticker
from log.rows import EDIT, RECALL, LogId
from log.stored_rows import OFF
from uploads.names import stems_in
from uploads.signals import Progress, recalled_wanted, references_wanted


@receiver(shown_wanted)
def tell_shown(userid: str, *, are_named: bool, **_: Any) -> Q:
    """Of which people the person gets to know."""
    return reach.shown_to(userid) if are_named else reach.found_by(userid)


@receiver(notice_confirmed)
def tell_own_devices(userid: str, group_id: int, notice_id: int, **_: Any) -> None:
    """The person's other devices need not ask for it any more."""
    told = {"userid": userid, "peer": group_id, "changed": {"notice_confirmed": notice_id}}
    transaction.on_commit(partial(conversation_changed.send, sender=Group, **told))


@receiver(text_given)
def screen_text(by: str, group_id: int, kind: str, text: str, takes: Callable[[str], bool], **_: Any) -> str:
    """What the rules of the desk and the checker make of it. Raises NotAllowed and NotChecked."""
    subject = Subject.NAME if kind == "nickname" else Subject.GROUP
    try:
        text = screening.screened(by, group_id, text)
        to = (group_id,) if group_id else ()
        return checking.given(Question(subject, by, to, kind, text, takes=takes))
    except CommandRefused as refused:
        if refused.failure.code is Code.TRY_AGAIN:
            raise NotChecked from None
        raise NotAllowed(refused.failure.told) from None


@receiver(name_given)
def screen_name(userid: str, name: str, takes: Callable[[str], bool], **_: Any) -> str:
    """The same for what a person wants to be called. Raises NameRefused."""
    try:
        name = screening.screened(userid, None, name)
        return checking.given(Question(Subject.NAME, userid, (), "nickname", name, takes=takes))
    except CommandRefused as refused:
        is_final = refused.failure.code is not Code.TRY_AGAIN
        raise NameRefused(refused.failure.told, is_final=is_final) from None


@receiver(account_status_changed)
def record_account_status(userid: str, change: Change, **_: Any) -> LogId:
    """Append a change of standing in its transaction. Every process acts on it when it reads it."""
    return changes.append_account_status(userid, change)


@receiver(recalled_wanted)
def tell_whether_recalled(stem: str, **_: Any) -> bool:
    return recalled_files.is_recalled(stem)


@receiver(references_wanted)
def tell_of_messages(stems: frozenset[str], progress: Progress, leaving: str = "", **_: Any) -> set[str]:
    """The files that the log refers to: in messages, and in the avatars that clients send with them. Also
    those of messages that may still be sent."""
    kept = (
        Message.objects.filter(ARE_MESSAGES),
        Message.objects.filter(kind=EDIT, details__isnull=False),
        HeldMessage.objects.filter(is_waiting=True),
    )
    of_others = [rows.exclude(sender=leaving) for rows in kept] if leaving else kept
    fields = ("content", "extension", "details")
    texts = (rows.values_list(*fields).iterator(chunk_size=2000) for rows in of_others)
    found: set[str] = set()
    for said in progress(chain.from_iterable(texts), sum(rows.count() for rows in of_others)):
        found.update(stems.intersection(stems_of(*said)))
    return found


@receiver(references_wanted)
def tell_of_previews(stems: frozenset[str], **_: Any) -> set[str]:
    pictures = LinkPreview.objects.exclude(picture="").values_list("picture", flat=True).iterator()
    return {found for picture in pictures for found in stems_in(picture)}.intersection(stems)


@receiver(references_wanted)
def tell_of_stickers(stems: frozenset[str], leaving: str = "", **_: Any) -> set[str]:
    saved = Sticker.objects.exclude(stem="")
    if leaving:
        # Those that others have saved from the person's messages go with these.
        written = Message.objects.filter(pk=OuterRef("message_id"), sender=leaving)
        saved = saved.exclude(user=leaving).exclude(Exists(written))
    return set(stems.intersection(saved.values_list("stem", flat=True).iterator()))


@receiver(references_wanted)
def tell_of_restored(stems: frozenset[str], leaving: str = "", **_: Any) -> set[str]:
    """The files of messages that were restored: the row that did it may outlive the message."""
    rows = Message.objects.filter(kind=RECALL, extension=OFF).exclude(sender=leaving)
    contents = rows.values_list("content", flat=True).iterator(chunk_size=500)
    return {found for content in contents for found in stems_in(content)}.intersection(stems)


@receiver(message_erased)
def take_from_index(id_: LogId, **_: Any) -> None:
    """In the transaction of the erasure, and not only when the search index has read it."""
    fulltext.replace({id_: None})
