"""The targets of reports, and their names in reports and in the audit log."""

from typing import NamedTuple

from accounts.names.userids import is_userid
from groups.groupids import is_group_id

MESSAGE, PERSON, GROUP = "m", "u", "g"
# The parameters of the calls that file reports.
PARAMETER_NAMES = {MESSAGE: "message", PERSON: "user", GROUP: "group"}


class ReportTarget(NamedTuple):
    """`kind`: MESSAGE, PERSON or GROUP."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def number(self) -> int:
        """The id of a message or a group."""
        return int(self.id)


def message_target(id_: int) -> ReportTarget:
    return ReportTarget(MESSAGE, str(id_))


def person_target(userid: str) -> ReportTarget:
    return ReportTarget(PERSON, userid)


def group_target(group_id: int) -> ReportTarget:
    return ReportTarget(GROUP, str(group_id))


def parse(text: str) -> ReportTarget | None:
    """Parse the text of a target; None if it is not valid."""
    kind, _, id_ = text.partition(":")
    if kind == PERSON and is_userid(id_):
        return ReportTarget(kind, id_)
    # Ids of messages are written as those of groups are.
    return ReportTarget(kind, id_) if kind in (MESSAGE, GROUP) and is_group_id(id_) else None
