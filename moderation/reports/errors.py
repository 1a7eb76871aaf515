"""Why a report is not filed, or not handled as somebody wants."""

from accounts.codes import Cause, Failed, Name, gettext_noop
from moderation.errors import DeskError
from moderation.models.reports import CLAIMED, RESOLVED
from moderation.reports.targets import CALLED, GROUP, MESSAGE, PERSON

_UNKNOWN = {
    MESSAGE: Cause.NO_SUCH_MESSAGE,
    PERSON: Cause.NO_SUCH_USER,
    GROUP: Cause.NO_SUCH_GROUP,
}


class TargetNotFound(Failed):
    """There is no such thing, or the reporter may not know of it. `kind`: as in `targets`."""

    def __init__(self, kind: str) -> None:
        self.cause = _UNKNOWN.get(kind, Cause.NO_SUCH_MESSAGE)
        super().__init__()


class OwnTarget(Failed):
    """People do not report themselves, nor what they wrote. `kind`: which of both it is, as in `targets`."""

    name = Name.INVALID
    text = gettext_noop("You cannot report yourself.")

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.field = CALLED[kind]


class UnknownReport(DeskError):
    """There is no such report."""

    name = Name.NOT_FOUND
    text = gettext_noop("There is no such report.")


class Conflict(DeskError):
    """Another moderator was there before, or the report is in a state in which nobody does that. `state`: of
    the report now; `by`: who has brought it there, empty for nobody."""

    def __init__(self, state: str, by: str) -> None:
        super().__init__(_TEXTS.get(state, _UNCLAIMED), by=by)
        self.state = state
        self.by = by


class UnfitOutcome(DeskError):
    """The outcome is none for such a target."""

    name, field = Name.INVALID, "outcome"
    text = gettext_noop("This cannot be done about such a report.")


class MessageGone(DeskError):
    """The message that was reported was pruned, so nobody can recall it."""

    text = gettext_noop("The message no longer exists, so it cannot be recalled.")


_UNCLAIMED = gettext_noop("Nobody has claimed this report.")
_TEXTS = {
    RESOLVED: gettext_noop("%(by)s has resolved this report."),
    CLAIMED: gettext_noop("%(by)s has claimed this report."),
}
