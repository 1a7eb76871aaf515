"""Asking the checker of `accounts.texts` about messages, before they are accepted."""

import asyncio
from collections.abc import Sequence

from django.conf import settings

from accounts import texts
from accounts.texts import (
    ALLOWED,
    Answer,
    Effect,
    Question,
    Subject,
    TextRefused,
    answered,
    ask,
    ask_aside,
    asks,
)
from chat.failures import CommandRefused
from chat.protocol.bounds import is_fit, size
from chat.protocol.kinds import FILES
from log import appending
from log.cards import CARD, all_said
from log.drafts import Draft
from log.rows import HELD, LogId, Recipient

# Of what is forwarded together, so many questions are asked at once.
ASKED_AT_ONCE = 8


def asks_about(kind: str) -> bool:
    """Whether a message of this kind is asked about, unless a rule holds it anyway."""
    return kind != HELD and asks(_subject_of(kind))


def earlier(draft: Draft) -> Draft | None:
    """The draft as it was stored when its sender sent it before; nobody is asked twice. Asks the database."""
    found = appending.find(draft.sender, draft.cid) if draft.cid is not None else None
    if found is None:
        return None
    return draft._replace(content=found.content) if found.kind == draft.kind else draft


async def decided(draft: Draft) -> Draft:
    """The draft as it is to be stored, of a kind that is asked about. Raises CommandRefused."""
    return _after(draft, await ask(_about(draft, (draft.to,))))


def decided_aside(draft: Draft) -> Draft:
    """The draft as it is to be stored, in a thread. Raises CommandRefused and DatabaseError."""
    if not asks_about(draft.kind):
        return draft
    return earlier(draft) or _after(draft, ask_aside(_about(draft, (draft.to,))))


async def each_decided(drafts: Sequence[Draft]) -> list[Draft]:
    """All of them as they are to be stored. Of the same message to several conversations is asked once.
    Raises CommandRefused if one may not be."""
    asked: dict[tuple[str, str, str], list[Draft]] = {}
    for draft in drafts:
        if asks_about(draft.kind):
            asked.setdefault(_said(draft), []).append(draft)
    answers: dict[tuple[str, str, str], Answer] = {}
    waiting = list(asked.items())
    while some := waiting[:ASKED_AT_ONCE]:
        del waiting[:ASKED_AT_ONCE]
        questions = [_about(same[0], tuple(draft.to for draft in same)) for _, same in some]
        found = await asyncio.gather(*map(ask, questions))
        answers |= zip((said for said, _ in some), found, strict=True)
    return [_after(draft, answers.get(_said(draft), ALLOWED)) for draft in drafts]


async def edited(sender: str, to: Recipient, message: LogId, content: str) -> str:
    """What an edit says. Raises CommandRefused."""
    if not asks(Subject.EDIT):
        return content
    question = Question(Subject.EDIT, sender, (to,), "text", content, message, takes=is_text)
    return _short(content, await ask(question))


def allowed(question: Question, to: Recipient) -> str:
    """As `accounts.texts.allowed`. Raises CommandRefused."""
    try:
        return texts.allowed(question, to)
    except TextRefused as refused:
        raise CommandRefused.of_text(refused) from None


def _said(draft: Draft) -> tuple[str, str, str]:
    return draft.kind, draft.content, draft.details


def _subject_of(kind: str) -> Subject:
    return Subject.FILE if kind in FILES else Subject.MESSAGE


def _about(draft: Draft, to: tuple[Recipient, ...]) -> Question:
    said = all_said(draft.content, draft.details) if draft.kind == CARD else draft.content
    return Question(
        _subject_of(draft.kind),
        draft.sender,
        to,
        draft.kind,
        said,
        cid=draft.cid,
        takes=is_text if draft.kind == "text" else None,
        can_wait=True,
    )


def _after(draft: Draft, answer: Answer) -> Draft:
    if answer.effect is Effect.HOLD:
        return draft._replace(kind=HELD, sent_as=draft.kind)
    content = _short(draft.content, answer)
    return draft if content is draft.content else draft._replace(content=content)


def _short(content: str, answer: Answer) -> str:
    """Of what cannot wait for a moderator."""
    try:
        return answered(content, answer)
    except TextRefused as refused:
        raise CommandRefused.of_text(refused) from None


def is_text(text: str) -> bool:
    """Whether a message may say it."""
    return bool(text.strip()) and is_fit(text) and size(text) <= settings.IM66.max_text_bytes
