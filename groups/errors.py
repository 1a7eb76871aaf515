"""Why a group call fails: one class for each cause, with its code and its words."""

from accounts.codes import UNWANTED, Cause, Failed, Name, gettext_noop


class GroupError(Failed):
    """A rule forbids the call."""


class GroupNotFound(GroupError):
    """The group does not exist, or was dissolved."""

    cause = Cause.NO_SUCH_GROUP


class InvalidValue(GroupError):
    """The name or the notice is not allowed."""

    name = Name.INVALID


class NoNotice(InvalidValue):
    """The group has no notice that members could confirm."""

    field = "confirm"
    text = gettext_noop("There is no notice to confirm.")


class TextNotAllowed(InvalidValue):
    """The rules of the desk or the checker do not allow the text."""

    text = Cause.TEXT_NOT_ALLOWED.text


class NotChecked(GroupError):
    """The checker did not answer, so it is unknown whether the text is allowed."""

    cause = Cause.NOT_CHECKED


class UserNotFound(GroupError):
    """Token mode: somebody who was named does not exist."""

    name = Name.NOT_FOUND
    text = gettext_noop("There is no user %(userid)s.")


class NotAMember(GroupError):
    """The named person is not in the group."""

    name = Name.NOT_FOUND
    text = gettext_noop("%(userid)s is not in this group.")


class LastOwner(GroupError):
    """The group would be left without an owner."""

    legacy = Name.NOT_ALLOWED
    text = gettext_noop("A group needs an owner.")


class LinkEnded(GroupError):
    """The link to a group does not exist or is no longer valid."""

    name = Name.NOT_FOUND
    text = gettext_noop("This link is no longer valid. Ask for a new one.")


class TooManyLinks(GroupError):
    """The group would have too many links."""

    text = gettext_noop("A group has at most %(limit)d links.")


class NoJoinRequest(GroupError):
    """The named person has not asked to join the group."""

    name = Name.NOT_FOUND
    text = gettext_noop("%(userid)s does not ask to join any more.")


class TooManyGroups(GroupError):
    """A person would be in too many groups."""

    text = gettext_noop("%(userid)s is in %(limit)d groups, and can be in no more.")


class TooManyUnaccepted(GroupError):
    """Somebody would put a person into too many groups that the person has not accepted."""

    text = gettext_noop("%(userid)s has not written in %(limit)d groups to which you added them.")


class Blocked(GroupError):
    """A person has blocked somebody who would put them into a group."""

    name = Name.BLOCKED
    text = gettext_noop("You cannot add %(userid)s to a group.")


class Unwanted(GroupError):
    """A person lets only others put them into a group."""

    name = Name.NOT_ALLOWED
    why = UNWANTED
    text = gettext_noop("You cannot add %(userid)s to a group.")


class LeftLately(GroupError):
    """A person has left the group too short a while ago to be put in again."""

    legacy = Name.NOT_ALLOWED
    text = gettext_noop("%(userid)s has left this group, and can be added again %(hours)d hours later.")


class TooManyBots(GroupError):
    """The group would have too many bots."""

    text = gettext_noop("A group has at most %(limit)d bots.")


class TooManyMembers(GroupError):
    """The group would exceed its limit."""

    text = gettext_noop("A group has at most %(limit)d members.")


class TooManyAdmins(GroupError):
    """The group would have too many admins."""

    text = gettext_noop("A group has at most %(limit)d admins.")


class NothingToConfirm(GroupError):
    """The group has another notice, or none that is to be confirmed."""

    text = gettext_noop("This notice has changed. Read it again.")


class DiskFull(GroupError):
    """The disk that the database is on has too little room left."""

    name = Name.TRY_AGAIN
    text = gettext_noop("There is no room left. Try again later.")
