"""The legacy HTTP call by which people report. It has the form of the group calls."""

from typing import Any

from django.http import HttpResponseBase
from django.utils.translation import gettext, gettext_noop

from accounts.authentication.proofs import Scope
from accounts.services import ensure_users, is_open
from groups.legacy.views import GroupCall
from groups.replies import BAD_ARGUMENT, NOT_FOUND, NOTHING, error
from moderation.legacy import parameters
from moderation.reports import filing
from moderation.reports.errors import NotFound, OwnTarget
from moderation.reports.targets import GROUP, MESSAGE, PERSON

_UNKNOWN = {
    MESSAGE: gettext_noop("There is no such message."),
    PERSON: gettext_noop("There is no such user."),
    GROUP: gettext_noop("There is no such group."),
}


class Report(GroupCall):
    serializer_class = parameters.Report
    scope = Scope.MESSAGES
    changes = True

    def call(self, given: dict[str, Any]) -> object:
        reporter = given["reporter"]
        # Who does not exist yet has read nothing, and was in no group.
        if is_open() and "user" in given:
            ensure_users([reporter], self.address)
        filing.file(reporter, given["target"], given["category"], given["note"], self.address)
        return NOTHING

    def answer_failure(self, failed: Exception) -> HttpResponseBase:
        match failed:
            case NotFound():
                return error(NOT_FOUND, gettext(_UNKNOWN[failed.kind]))
            case OwnTarget():
                return error(BAD_ARGUMENT, gettext("You cannot report yourself."))
        return super().answer_failure(failed)
