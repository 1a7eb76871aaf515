"""Asking an outside checker about what people write, before it is accepted. Nobody is asked until something
is installed here.

The rules of the desk come first (`screening`): they cost microseconds, a checker may take a third of a
second. So it is never asked in a turn, in a transaction or by a thread of the database.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import NamedTuple, Protocol

from django.conf import settings
from django.db import connection

from accounts.limits import asides
from chat.access import TEXT_NOT_ALLOWED, CommandRefused
from chat.protocol.bounds import is_fit, size
from chat.protocol.kinds import FILES
from chat.protocol.replies import Code, Failure
from log import appending
from log.cards import CARD, all_said
from log.drafts import Draft
from log.rows import HELD, LogId, Recipient

NOT_CHECKED = Failure(Code.TRY_AGAIN, "this could not be checked, try again")
# Of what is forwarded together, so many questions are asked at once.
ASKED_AT_ONCE = 8


class Subject(StrEnum):
    """What a checker may be asked about."""

    MESSAGE = "message"
    EDIT = "edit"
    FILE = "file"
    NAME = "name"
    GROUP = "group"


class Effect(StrEnum):
    ALLOW = "allow"
    CHANGE = "change"
    HOLD = "hold"
    REFUSE = "refuse"
    # There is no answer, and without one nothing is accepted.
    FAIL = "fail"


class Question(NamedTuple):
    """`kind`: of a message, or `name`, `notice`, `nickname`. `content`: as the log keeps it. `message`: which
    one is edited. `cid`: see Entry. `takes`: which texts may stand in its place; None: no other. `can_wait`:
    a moderator may release it later."""

    subject: Subject
    sender: str
    to: tuple[Recipient, ...]
    kind: str
    content: str
    message: LogId | None = None
    cid: str | None = None
    takes: Callable[[str], bool] | None = None
    can_wait: bool = False


class Answer(NamedTuple):
    """`text`: what stands in the place of the content, or why it is refused."""

    effect: Effect
    text: str = ""


ALLOWED = Answer(Effect.ALLOW)


class Checker(Protocol):
    @property
    def subjects(self) -> Collection[str]:
        """What it is asked about."""

    async def ask(self, question: Question) -> Answer:
        """Returns in time, whatever the checker does, an answer that the question takes."""


_checker: Checker | None = None
# Makes it when it is first asked for.
_make: Callable[[], Checker | None] | None = None


def install(make: Callable[[], Checker | None]) -> None:
    """Ask what this makes from now on, in the place of the one before; if it makes None, nobody is asked."""
    global _make
    _make = make


def current() -> Checker | None:
    """Who is asked."""
    global _checker, _make
    if _make is not None:
        _checker, _make = _make(), None
    return _checker


def asks(subject: Subject) -> bool:
    return (checker := current()) is not None and subject in checker.subjects


def asks_about(kind: str) -> bool:
    """Whether a message of this kind is asked about, unless a rule holds it anyway."""
    return (checker := current()) is not None and kind != HELD and _subject_of(kind) in checker.subjects


async def ask(question: Question) -> Answer:
    checker = current()
    return ALLOWED if checker is None else await checker.ask(question)


def ask_aside(question: Question) -> Answer:
    """The same in a thread, which waits without its turn and without the database."""
    if not connection.in_atomic_block:
        connection.close()
    return asides.wait(partial(ask, question))


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


def given(question: Question) -> str:
    """What is stored of a short text that is no message, in a thread and outside of a transaction. Raises
    CommandRefused."""
    if not question.content or not asks(question.subject):
        return question.content
    return _short(question.content, ask_aside(question))


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
    match answer.effect:
        case Effect.ALLOW:
            return content
        case Effect.CHANGE:
            return answer.text
        case Effect.FAIL:
            raise CommandRefused.because(NOT_CHECKED)
    raise CommandRefused.because(replace(TEXT_NOT_ALLOWED, told=answer.text))


def is_text(text: str) -> bool:
    """Whether a message may say it."""
    return bool(text.strip()) and is_fit(text) and size(text) <= settings.IM66.max_text_bytes
