"""Records changes of groups and standing in the log, and tells uploads which files the log refers to."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from accounts.given_names import NameRefused
from accounts.signals import name_given
from chat.access import CommandRefused
from chat.protocol.replies import Code
from chat.readers import fulltext
from chat.services import checking, screening
from chat.services.checking import Question, Subject
from chat.signals import conversation_changed, message_erased
from groups.errors import NotAllowed, NotChecked
from groups.signals import (
    notice_confirmed,
    text_given,
)
from log.models import Group
from log.rows import LogId


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


@receiver(message_erased)
def take_from_index(id_: LogId, **_: Any) -> None:
    """In the transaction of the erasure, and not only when the search index has read it."""
    fulltext.replace({id_: None})
