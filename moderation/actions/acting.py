"""What an action is, and what all actions have in common.

An action of the table is a function and, below it, its entry: an `Action`. Of the entry are made the button,
the page and its form at the desk, what the API takes, the line of the audit log, and the undo.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from django.db import transaction

from chat.services.service_texts import in_both, send_text
from moderation import audit
from moderation.actions.fields import ActionField, LazyText
from moderation.errors import NoReason
from moderation.models import AuditEntry
from moderation.moderators import Moderator

T = TypeVar("T")

# Of an action that can be done to several at once: to each by itself, or to all of them or none.
EACH, TOGETHER = "each", "together"


class Undo(NamedTuple):
    """`change(entry, reason)`: brings back what was before this entry. It returns its place in the log, None
    if nothing has changed. `related`: other lines of the audit log whose actions set the same, so that an
    undo would overwrite what they have set since. `first(moderator, entry, reason)`: comes before, in
    transactions of its own, and returns the same; it may be done again."""

    change: Callable[[AuditEntry, str], int | None]
    related: tuple[str, ...] = ()
    first: Callable[[Moderator, AuditEntry, str], int | None] = lambda *_: None


class Action(NamedTuple):
    """Something that a moderator does to a person, a group, a message or a rule.

    `line`: what the audit log calls it. What follows the point is its name, in addresses and in the API.
    `do(moderator, target, reason, **fields)`: does it; if it is done TOGETHER, `target` is a list.
    `title`: of the button; `warning`: what will happen; `done`: of its line in the audit log.
    `fields`: what it asks for besides the reason. `undo`: None if it has none.
    `notifies`: the person concerned gets the reason. `is_grave`: it cannot be undone, or shuts somebody out.
    `bulk`: EACH, TOGETHER, or "" for only one. `place`: of its button among the others; `key`: of the
    keyboard, in a list. `fits(target)`: whether it makes sense now.
    """

    line: str
    do: Callable[..., AuditEntry]
    permission: str
    title: LazyText
    warning: LazyText
    done: LazyText = ""
    fields: tuple[ActionField, ...] = ()
    undo: Undo | None = None
    notifies: bool = False
    is_grave: bool = False
    bulk: str = ""
    place: int = 0
    key: str = ""
    fits: Callable[[Any], bool] = lambda _: True

    @property
    def name(self) -> str:
        return self.line.rpartition(".")[2]

    def act(self, moderator: Moderator, *targets: Any, **values: Any) -> AuditEntry:
        """Do it to one target, or to several that it takes TOGETHER."""
        return self.do(moderator, list(targets) if self.bulk == TOGETHER else targets[0], **values)


class ActionResult(NamedTuple):
    """What an action has done. `log_id`: its place in the log; None if nothing has changed. `details`: of the
    line in the audit log."""

    log_id: int | None
    details: dict[str, Any] = {}


def of_person(userid: str) -> str:
    """What the audit log calls a person."""
    return f"u:{userid}"


def of_group(group_id: int) -> str:
    return f"g:{group_id}"


def of_message(id_: int) -> str:
    return f"m:{id_}"


def of_report(id_: int) -> str:
    return f"r:{id_}"


def target_of(entry: AuditEntry) -> str:
    """The userid, or the number of the group or the message, that an entry is about."""
    return entry.target.partition(":")[2]


def perform(
    moderator: Moderator,
    action: Action,
    target: str,
    reason: str,
    change: Callable[[], ActionResult],
    check: Callable[[], object] = lambda: None,
) -> AuditEntry:
    """Do it in a transaction, with its line in the audit log. `target`: what the audit log calls it. `check`
    comes before the transaction. Raises NotAllowed and NoReason before either."""
    may_begin(moderator, action.permission, action.line, target, reason)
    check()
    with transaction.atomic():
        done = change()
        return audit.record(moderator, action.line, target, reason, done.log_id, **done.details)


def may_begin(moderator: Moderator, permission: str, action: str, target: str, reason: str) -> None:
    """Raises NotAllowed and NoReason."""
    moderator.require(permission, action, target)
    require_reason(reason)


def require_reason(reason: str) -> None:
    """Raises NoReason for a text in which nobody can read anything."""
    if not any(character.isalnum() for character in reason):
        raise NoReason


def notify_with_reason(userid: str, english: str, chinese: str, reason: str) -> None:
    """Tell the person what was done to them, in both languages and briefly; and the reason once, as the
    moderator gave it."""
    send_text(userid, f"{in_both(english, chinese)}\n{in_both('Reason', '原因', ' / ')}：{reason.strip()}")


def moment(second: int) -> str:
    """As people get it."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M:%S} UTC"
