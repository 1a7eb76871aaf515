"""What an action is, and the helpers that all actions share.

Each action is a function followed by its entry, an `Action`. The desk's button, page and form, the API's
request body, the title in the audit log and the undo are all made from that entry.
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

# How an action applies to several targets: to each in its own transaction, or to all of them or none.
EACH, TOGETHER = "each", "together"


class Undo(NamedTuple):
    """How an action is undone.

    `change(entry, reason)` restores the state before this entry. It returns the id of the log row it has
    written, or None if nothing has changed. `related`: audit names of the actions that set the same state, so
    that an undo would overwrite their later changes. `before_change(moderator, entry, reason)` runs before
    `change` in transactions of its own, returns the same, and must be safe to repeat.
    """

    change: Callable[[AuditEntry, str], int | None]
    related: tuple[str, ...] = ()
    before_change: Callable[[Moderator, AuditEntry, str], int | None] = lambda *_: None


class Action(NamedTuple):
    """Something that a moderator does to a person, a group, a message or a rule.

    `line`: the name in the audit log; the part after the point is the name in URLs and in the API.
    `do(moderator, target, reason, **fields)` performs it; for a TOGETHER action, `target` is a list.
    `title`: label of the button; `warning`: what will happen; `done`: title of the audit entry.
    `fields`: inputs besides the reason. `undo`: None if it cannot be undone.
    `notifies`: the person concerned receives the reason. `is_grave`: irreversible, or locks somebody out.
    `bulk`: EACH, TOGETHER, or "" if it takes a single target. `place`: sort key of the button; `key`: its
    key in a list. `is_applicable(target)`: whether the action makes sense in the target's present state.
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
    is_applicable: Callable[[Any], bool] = lambda _: True

    @property
    def name(self) -> str:
        return self.line.rpartition(".")[2]

    def act(self, moderator: Moderator, *targets: Any, **values: Any) -> AuditEntry:
        """Do it to one target, or to all `targets` at once if the action is TOGETHER."""
        return self.do(moderator, list(targets) if self.bulk == TOGETHER else targets[0], **values)


class ActionResult(NamedTuple):
    """The result of an action. `log_id`: id of the log row it has written; None if nothing has changed.
    `details`: stored with the audit entry."""

    log_id: int | None
    details: dict[str, Any] = {}


def person_target(userid: str) -> str:
    """Return the person's name in the audit log."""
    return f"u:{userid}"


def group_target(group_id: int) -> str:
    return f"g:{group_id}"


def message_target(id_: int) -> str:
    return f"m:{id_}"


def report_target(id_: int) -> str:
    return f"r:{id_}"


def target_id(entry: AuditEntry) -> str:
    """Return the userid, or the id of the group or the message, that the entry is about."""
    return entry.target.partition(":")[2]


def perform(
    moderator: Moderator,
    action: Action,
    target: str,
    reason: str,
    change: Callable[[], ActionResult],
    check: Callable[[], object] = lambda: None,
) -> AuditEntry:
    """Run `change` and add its audit entry in one transaction.

    `target`: its name in the audit log. `check` runs before the transaction. Raises RoleMissing and NoReason
    before either of them runs.
    """
    require_permission_and_reason(moderator, action.permission, action.line, target, reason)
    check()
    with transaction.atomic():
        done = change()
        return audit.record(moderator, action.line, target, reason, done.log_id, **done.details)


def require_permission_and_reason(
    moderator: Moderator, permission: str, action: str, target: str, reason: str
) -> None:
    """Check the permission, then the reason. Raises RoleMissing and NoReason."""
    moderator.require(permission, action, target)
    require_reason(reason)


def require_reason(reason: str) -> None:
    """Raise NoReason for a text without a letter or a digit."""
    if not any(character.isalnum() for character in reason):
        raise NoReason


def notify_with_reason(userid: str, english: str, chinese: str, reason: str) -> None:
    """Send the person a short bilingual text about what was done, with the reason as the moderator wrote
    it."""
    send_text(userid, f"{in_both(english, chinese)}\n{in_both('Reason', '原因', ' / ')}：{reason.strip()}")


def utc_text(second: int) -> str:
    """Format seconds since 1970 as people read them in notices: in UTC."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M:%S} UTC"
