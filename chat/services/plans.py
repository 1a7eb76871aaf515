"""Plans: what is done with a command, written once as steps in their order, for threads and event loops.

A plan does what costs microseconds itself, and yields what may have to be waited for. Its driver sends it
the result of each step; if a step fails, the plan ends there. `run_in_thread` drives it here,
`delivery.loop.driving` on an event loop.
"""

from collections.abc import Callable, Collection, Generator
from enum import Enum, auto
from typing import Any, NamedTuple, Protocol, TypeVar

from accounts.limits.steps import Steps, finish
from accounts.texts import Question, ask_aside
from chat.naming import read_naming
from log import appending
from log.drafts import Draft
from log.rows import Recipient

T = TypeVar("T")


class DatabaseTurn(Enum):
    """How an event loop has the database called. QUESTION: a short read. PAGE: a longer read, of what the
    person has sent before, too. MARK: a write of no message. WRITE: a write to the log."""

    QUESTION = auto()
    PAGE = auto()
    MARK = auto()
    WRITE = auto()


class Query(NamedTuple):
    """The result is what `call` returns, which uses the database."""

    call: Callable[[], Any]
    turn: DatabaseTurn = DatabaseTurn.QUESTION


class Screen(NamedTuple):
    """A long text by the rules of the desk. The result is that of the steps."""

    steps: Steps[Any]


class Check(NamedTuple):
    """The results are the checker's answers, in the order of the questions."""

    questions: tuple[Question, ...]


class ReadNaming(NamedTuple):
    """The result is the `Naming` for an extension; None if the database is away and the message does not
    depend on it."""

    sender: str
    to: Recipient
    base_url: str


class Append(NamedTuple):
    """The last step of a plan that has it. `size`: how many bytes the client sent for the draft. The result
    is what the log has made of it: a row, or why there is none."""

    draft: Draft
    size: int


Step = Query | Screen | Check | ReadNaming | Append
Plan = Generator[Step, Any, T]


class Sender(Protocol):
    """Who sends, and what is known of them without waiting. Each door refuses in words of its own.

    `address`: where the sender is. `origin`: see Entry. `desks`: accounts that nobody can write to.
    """

    userid: str
    address: str
    origin: int
    # Whether what is sent there may be an answer: the shipped apps have no other way.
    responds_in_texts: bool

    @property
    def desks(self) -> Collection[Recipient]: ...

    def may_send(self) -> None:
        """Raises Forbidden or CommandRefused if the person may not send anything now."""

    def charge(self, bytes_: int) -> None:
        """Charge a message of so many bytes. Raises TooFast."""

    def is_known_to_write(self, to: Recipient) -> bool:
        """Whether nobody has to be asked if the person may write there."""

    def may_write_in(self, group: int) -> None:
        """Raises Forbidden or CommandRefused if the person may not write there. Asks the database."""

    def lacks_names(self, extension: str) -> bool:
        """Whether a message with this extension gets one that the shipped apps can read."""

    def known_extension(self, to: Recipient, base_url: str) -> str | None:
        """What a message without an extension gets; None if names must be read for it."""


def run_in_thread(plan: Plan[T]) -> T:
    """Take one step after the other. Raises what the plan and its steps raise."""
    result: Any = None
    try:
        while True:
            result = _run_step(plan.send(result))
    except StopIteration as end:
        value: T = end.value
        return value


def _run_step(step: Step) -> Any:
    match step:
        case Query(call):
            return call()
        case Screen(steps):
            return finish(steps)
        case Check(questions):
            return [ask_aside(question) for question in questions]
        case ReadNaming():
            return read_naming(*step)
        case Append(draft):
            return appending.append([draft]).outcomes[0]
