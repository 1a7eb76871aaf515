"""Why a report is not filed, or not handled as somebody wants."""

from django.utils.translation import gettext

from moderation.errors import DeskError
from moderation.models.reports import CLAIMED, RESOLVED


class NotFound(Exception):
    """There is no such thing, or whoever reports it may not know of it. `kind`: as in `targets`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class OwnTarget(Exception):
    """People do not report themselves, nor what they wrote. `kind`: which of both it is, as in `targets`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class UnknownReport(DeskError):
    """There is no such report."""

    def __init__(self) -> None:
        super().__init__(gettext("There is no such report."))


class Conflict(DeskError):
    """Another moderator was there before, or the report is in a state in which nobody does that. `state`: of
    the report now; `by`: who has brought it there, empty for nobody."""

    def __init__(self, state: str, by: str) -> None:
        super().__init__(_told(state) % {"by": by})
        self.state = state
        self.by = by


class UnfitOutcome(DeskError):
    """The outcome is none for such a target."""

    def __init__(self) -> None:
        super().__init__(gettext("This cannot be done about such a report."))


class MessageGone(DeskError):
    """The message that was reported was pruned, so nobody can recall it."""

    def __init__(self) -> None:
        super().__init__(gettext("The message no longer exists, so it cannot be recalled."))


def _told(state: str) -> str:
    if state == RESOLVED:
        return gettext("%(by)s has resolved this report.")
    if state == CLAIMED:
        return gettext("%(by)s has claimed this report.")
    return gettext("Nobody has claimed this report.")
