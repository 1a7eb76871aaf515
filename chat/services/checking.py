"""Has messages checked by the checker of `accounts.texts` before they are accepted."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from django.conf import settings

from accounts import texts
from accounts.texts import (
    ALLOWED,
    CheckerAnswer,
    Effect,
    Question,
    Subject,
    TextRefused,
    answered,
    asks,
)
from chat import access
from chat.failures import CommandRefused
from chat.protocol import kinds
from chat.protocol.bounds import is_storable, size
from chat.protocol.kinds import FILES
from chat.services.plans import Check, Plan, Query
from log import appending
from log.drafts import Draft
from log.rows import HELD, LogId, Recipient


def needs_check(kind: str) -> bool:
    """Return whether the checker must check a message of this kind. Held messages are not checked."""
    return kind != HELD and asks(_subject_of(kind))


def checked_draft(draft: Draft) -> Plan[Draft]:
    """Return the draft as the checker allows it: changed, held or as it is. Raise CommandRefused if it is
    refused, and before the check if the person may not write to the recipient."""
    earlier = yield Query(partial(_earlier_or_allowed, draft))
    if earlier:
        return cast("Draft", earlier)
    (answer,) = yield Check((_question_about(draft, (draft.to,)),))
    return _apply_answer(draft, answer)


def checked_drafts(drafts: Sequence[Draft]) -> Plan[list[Draft]]:
    """Return all drafts as the checker allows them. The same message to several conversations is checked
    once. Raise CommandRefused if one is refused."""
    same: dict[tuple[str, str, str], list[Draft]] = {}
    for draft in drafts:
        if needs_check(draft.kind):
            same.setdefault(_checked_parts(draft), []).append(draft)
    if not same:
        return list(drafts)
    questions = (_question_about(some[0], tuple(draft.to for draft in some)) for some in same.values())
    answers = dict(zip(same, (yield Check(tuple(questions))), strict=True))
    return [_apply_answer(draft, answers.get(_checked_parts(draft), ALLOWED)) for draft in drafts]


def checked_edit(sender: str, to: Recipient, message: LogId, content: str, kind: str = "text") -> Plan[str]:
    """Return the content of an edit as the checker allows it. Raise CommandRefused if it is refused."""
    if not asks(Subject.EDIT):
        return content
    takes = is_text if kind == "text" else None
    (answer,) = yield Check((Question(Subject.EDIT, sender, (to,), kind, content, message, takes=takes),))
    return _text_after(content, answer)


def _earlier_or_allowed(draft: Draft) -> Draft | None:
    """Return the draft as it was stored before under the same cid, which is not checked again; None if it is
    new. Raise CommandRefused if it is new and may not be sent, and DatabaseError."""
    earlier = appending.find(draft.sender, draft.cid) if draft.cid is not None else None
    if earlier is None:
        access.may_send_to(draft.sender, draft.to)
        return None
    is_changed = earlier.kind == draft.kind and earlier.content != draft.content
    return draft._replace(content=earlier.content) if is_changed else draft


def checked_text(question: Question, to: Recipient) -> str:
    """Call `accounts.texts.allowed`, but raise CommandRefused."""
    try:
        return texts.allowed(question, to)
    except TextRefused as refused:
        raise CommandRefused.of_text(refused) from None


def _checked_parts(draft: Draft) -> tuple[str, str, str]:
    return draft.kind, draft.content, draft.details


def _subject_of(kind: str) -> Subject:
    return Subject.FILE if kind in FILES else Subject.MESSAGE


def _question_about(draft: Draft, to: tuple[Recipient, ...]) -> Question:
    text = kinds.searchable_text(draft.kind, draft.content, draft.details)
    return Question(
        _subject_of(draft.kind),
        draft.sender,
        to,
        draft.kind,
        text,
        cid=draft.cid,
        takes=is_text if draft.kind == "text" else None,
        can_wait=True,
    )


def _apply_answer(draft: Draft, answer: CheckerAnswer) -> Draft:
    if answer.effect is Effect.HOLD:
        return draft._replace(kind=HELD, sent_as=draft.kind)
    content = _text_after(draft.content, answer)
    return draft if content is draft.content else draft._replace(content=content)


def _text_after(content: str, answer: CheckerAnswer) -> str:
    """Return the content after the checker's answer, for content that cannot be held: it is refused."""
    try:
        return answered(content, answer)
    except TextRefused as refused:
        raise CommandRefused.of_text(refused) from None


def is_text(text: str) -> bool:
    """Return whether `text` is a valid content of a text message."""
    return bool(text.strip()) and is_storable(text) and size(text) <= settings.IM66.max_text_bytes
