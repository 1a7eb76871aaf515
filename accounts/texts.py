"""What is stored of a text that somebody writes: the rules of the desk and an outside checker may change or
refuse it, or hold a message back. Nothing looks at texts until it is installed here.

The desk's rules come first: they cost microseconds. They are applied on the event loop too, so they neither
wait nor ask the database; a long text is looked at in steps. A checker may take a third of a second, so it is
never asked in a turn, in a transaction or by a thread of the database.
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from functools import partial
from typing import NamedTuple, Protocol

from django.db import connection

from accounts.codes import Cause, Failed
from accounts.limits import asides
from accounts.limits.steps import Steps


class TextRefused(Failed):
    """The text is rejected. `explanation`: why, if known. `is_final`: otherwise it is undecided."""

    def __init__(self, explanation: str = "", *, is_final: bool = True) -> None:
        self.cause = Cause.TEXT_NOT_ALLOWED if is_final else Cause.NOT_CHECKED
        super().__init__()
        self.explanation, self.is_final = explanation, is_final


class ScreenVerdict(NamedTuple):
    """`content`: what is stored in the place of the text. `is_held`: it is delivered only after a moderator
    releases it."""

    content: str
    is_held: bool = False


class Screen(Protocol):
    """The rules of the desk. `to`: a userid, or a group's id, 0 for a new one."""

    def check(self, sender: str, to: str | int | None, content: str) -> ScreenVerdict | None:
        """What becomes of the text, which has no particular recipient if `to` is None; None if it stays as it
        is. Raises TextRefused."""

    def steps(self, sender: str, to: str | int | None, content: str) -> Steps[ScreenVerdict | None]:
        """The same, in steps of a few milliseconds each."""

    def lets(self, to: str | int | None, content: str) -> bool:
        """Whether the text would stay as it is. This has no side effects."""

    def check_link(self, to: str | int, address: str) -> ScreenVerdict | None:
        """The same for the address of a picture, a video or a file. It is not changed."""


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
    """`kind`: of a message, or `name`, `notice`, `nickname`. `content`: as it is stored. `message`: which one
    is edited. `cid`: see Entry. `takes`: which texts may stand in its place; None: no other. `can_wait`: a
    moderator may release it later."""

    subject: Subject
    sender: str
    to: tuple[str | int, ...]
    kind: str
    content: str
    message: int | None = None
    cid: str | None = None
    takes: Callable[[str], bool] | None = None
    can_wait: bool = False


class CheckerAnswer(NamedTuple):
    """`text`: what stands in the place of the content, or why it is refused."""

    effect: Effect
    text: str = ""


ALLOWED = CheckerAnswer(Effect.ALLOW)


class Checker(Protocol):
    @property
    def subjects(self) -> Collection[str]:
        """What it is asked about."""

    async def ask(self, question: Question) -> CheckerAnswer:
        """Returns in time, whatever the checker does, an answer that the question takes."""


screen: Screen | None = None
_checker: Checker | None = None
# Makes it when it is first asked for.
_make_checker: Callable[[], Checker | None] | None = None


def install_screen(rules: Screen | None) -> None:
    """Look at all texts with this one from now on, in the place of the one before; None: at none."""
    global screen
    screen = rules


def install_checker(make: Callable[[], Checker | None]) -> None:
    """From now on, ask the checker that `make` returns, instead of the one before; None: no checker."""
    global _make_checker
    _make_checker = make


def checker() -> Checker | None:
    """Who is asked."""
    global _checker, _make_checker
    if _make_checker is not None:
        _checker, _make_checker = _make_checker(), None
    return _checker


def asks(subject: Subject) -> bool:
    """Whether the checker is asked about this."""
    return (current := checker()) is not None and subject in current.subjects


async def ask(question: Question) -> CheckerAnswer:
    current = checker()
    return ALLOWED if current is None else await current.ask(question)


def ask_aside(question: Question) -> CheckerAnswer:
    """The same in a thread, which waits without its turn and without the database."""
    if not connection.in_atomic_block:
        connection.close()
    return asides.wait_without_turn(partial(ask, question))


def screened(sender: str, to: str | int | None, content: str) -> str:
    """What a short text says by the desk's rules that is shown at once. Not for an event loop. Raises
    TextRefused, also for one that would be held."""
    return content if screen is None else accepted_text(content, screen.check(sender, to, content))


def accepted_text(content: str, verdict: ScreenVerdict | None) -> str:
    """What the text says by this verdict. Raises TextRefused."""
    if verdict is None:
        return content
    if verdict.is_held:
        raise TextRefused
    return verdict.content


def checked(question: Question) -> str:
    """What a short text says by the checker that is shown at once, in a thread and outside of a transaction.
    Raises TextRefused."""
    if not question.content or not asks(question.subject):
        return question.content
    return answered(question.content, ask_aside(question))


def answered(content: str, answer: CheckerAnswer) -> str:
    """What the text says by this answer, and cannot wait for a moderator. Raises TextRefused."""
    match answer.effect:
        case Effect.ALLOW:
            return content
        case Effect.CHANGE:
            return answer.text
        case Effect.FAIL:
            raise TextRefused(is_final=False)
    raise TextRefused(answer.text)


def allowed(question: Question, to: str | int | None) -> str:
    """What is stored of a short text by the desk's rules, for which it is written to `to`, and the checker.
    In a thread and outside of a transaction. Raises TextRefused."""
    if not question.content:
        return ""
    content = screened(question.sender, to, question.content)
    return checked(question._replace(content=content))
