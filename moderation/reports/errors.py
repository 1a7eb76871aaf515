"""Why a report cannot be filed or handled."""

from accounts.codes import Cause, Failed, Name, gettext_noop
from moderation.errors import DeskError
from moderation.models.reports import CLAIMED, RESOLVED
from moderation.reports.targets import GROUP, MESSAGE, PARAMETER_NAMES, PERSON

_UNKNOWN = {
    MESSAGE: Cause.NO_SUCH_MESSAGE,
    PERSON: Cause.NO_SUCH_USER,
    GROUP: Cause.NO_SUCH_GROUP,
}


class TargetNotFound(Failed):
    """The target does not exist, or the reporter may not know of it. `kind`: as in `targets`."""

    def __init__(self, kind: str) -> None:
        self.cause = _UNKNOWN.get(kind, Cause.NO_SUCH_MESSAGE)
        super().__init__()


class OwnTarget(Failed):
    """People cannot report themselves or their own messages. `kind`: as in `targets`."""

    name = Name.INVALID
    text = gettext_noop("You cannot report yourself.")

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.field = PARAMETER_NAMES[kind]


class UnknownReport(DeskError):
    """The report does not exist."""

    name = Name.NOT_FOUND
    text = gettext_noop("There is no such report.")


class Conflict(DeskError):
    """Another moderator was faster, or the report's state does not allow it. `state`: the present state;
    `by`: who set it, empty for nobody."""

    def __init__(self, state: str, by: str) -> None:
        super().__init__(_TEXTS.get(state, _UNCLAIMED), by=by)
        self.state = state
        self.by = by


class UnfitOutcome(DeskError):
    """The outcome is not possible for this target."""

    name, field = Name.INVALID, "outcome"
    text = gettext_noop("This cannot be done about such a report.")


class MessageGone(DeskError):
    """The reported message was pruned, so it cannot be recalled."""

    text = gettext_noop("The message no longer exists, so it cannot be recalled.")


_UNCLAIMED = gettext_noop("Nobody has claimed this report.")
_TEXTS = {
    RESOLVED: gettext_noop("%(by)s has resolved this report."),
    CLAIMED: gettext_noop("%(by)s has claimed this report."),
}
