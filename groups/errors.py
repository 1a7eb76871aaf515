"""The errors of group calls. The texts are for the caller to read, in the language that is active when they
are raised."""

from typing import ClassVar

from django.utils.translation import gettext

from accounts.codes import UNWANTED, Name
from accounts.texts import NOT_ALLOWED, NOT_CHECKED


class GroupError(Exception):
    """A rule forbids the call. `name`: what it answers; `legacy`: in a call of shipped apps, if that is
    another."""

    name: ClassVar[Name] = Name.CONFLICT
    legacy: ClassVar[Name | None] = None
    why: ClassVar[str] = ""


class GroupNotFound(GroupError):
    """The group does not exist, or was dissolved."""

    name = Name.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(gettext("There is no such group."))


class InvalidValue(GroupError):
    """The name or the notice is not allowed."""

    name = Name.INVALID


class NoNotice(InvalidValue):
    """The group has no notice that members could confirm."""

    def __init__(self) -> None:
        super().__init__(gettext("There is no notice to confirm."))


class NotAllowed(InvalidValue):
    """The rules of the desk or the checker do not allow the text. `told`: why, if that is said."""

    def __init__(self, told: str = "") -> None:
        super().__init__(told or gettext(NOT_ALLOWED))


class NotChecked(GroupError):
    """The checker did not answer, so nobody knows whether the text is allowed."""

    name = Name.TRY_AGAIN

    def __init__(self) -> None:
        super().__init__(gettext(NOT_CHECKED))


class UserNotFound(GroupError):
    """Token mode: somebody who was named does not exist."""

    name = Name.NOT_FOUND

    def __init__(self, userid: str) -> None:
        super().__init__(gettext("There is no user %(userid)s.") % {"userid": userid})


class NotAMember(GroupError):
    """Whoever was named is not in the group."""

    name = Name.NOT_FOUND

    def __init__(self, userid: str) -> None:
        super().__init__(gettext("%(userid)s is not in this group.") % {"userid": userid})


class LastOwner(GroupError):
    """The group would be left without an owner."""

    legacy = Name.NOT_ALLOWED

    def __init__(self) -> None:
        super().__init__(gettext("A group needs an owner."))


class LinkEnded(GroupError):
    """There is no such link to a group, or it lets nobody in any more."""

    name = Name.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(gettext("This link is no longer valid. Ask for a new one."))


class TooManyLinks(GroupError):
    """The group would have too many links."""

    def __init__(self, limit: int) -> None:
        super().__init__(gettext("A group has at most %(limit)d links.") % {"limit": limit})


class NotAsked(GroupError):
    """Whoever was named does not wait to join the group."""

    name = Name.NOT_FOUND

    def __init__(self, userid: str) -> None:
        told = gettext("%(userid)s does not ask to join any more.")
        super().__init__(told % {"userid": userid})


class TooManyGroups(GroupError):
    """A person would be in too many groups."""

    def __init__(self, userid: str, limit: int) -> None:
        told = gettext("%(userid)s is in %(limit)d groups, and can be in no more.")
        super().__init__(told % {"userid": userid, "limit": limit})


class TooManyUnaccepted(GroupError):
    """Somebody would put a person into too many groups that the person has not accepted."""

    def __init__(self, userid: str, limit: int) -> None:
        told = gettext("%(userid)s has not written in %(limit)d groups to which you added them.")
        super().__init__(told % {"userid": userid, "limit": limit})


class Blocked(GroupError):
    """A person has blocked somebody who would put them into a group."""

    name = Name.BLOCKED

    def __init__(self, userid: str) -> None:
        super().__init__(gettext("You cannot add %(userid)s to a group.") % {"userid": userid})


class Unwanted(GroupError):
    """A person lets only others put them into a group."""

    name = Name.NOT_ALLOWED
    why = UNWANTED

    def __init__(self, userid: str) -> None:
        super().__init__(gettext("You cannot add %(userid)s to a group.") % {"userid": userid})


class LeftLately(GroupError):
    """A person has left the group too short a while ago to be put in again."""

    legacy = Name.NOT_ALLOWED

    def __init__(self, userid: str, hours: int) -> None:
        told = gettext("%(userid)s has left this group, and can be added again %(hours)d hours later.")
        super().__init__(told % {"userid": userid, "hours": hours})


class TooManyBots(GroupError):
    """The group would have too many bots."""

    def __init__(self, limit: int) -> None:
        super().__init__(gettext("A group has at most %(limit)d bots.") % {"limit": limit})


class TooManyMembers(GroupError):
    """The group would exceed its limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(gettext("A group has at most %(limit)d members.") % {"limit": limit})


class TooManyAdmins(GroupError):
    """The group would have too many admins."""

    def __init__(self, limit: int) -> None:
        super().__init__(gettext("A group has at most %(limit)d admins.") % {"limit": limit})


class NothingToConfirm(GroupError):
    """The group has another notice, or none that is to be confirmed."""

    def __init__(self) -> None:
        super().__init__(gettext("This notice has changed. Read it again."))


class NoSpace(GroupError):
    """The disk that the database is on has too little room left."""

    name = Name.TRY_AGAIN

    def __init__(self) -> None:
        super().__init__(gettext("There is no room left. Try again later."))
