"""Why the desk refuses something. The texts are for people to read."""

from accounts.codes import Failed, Name, gettext_noop


class DeskError(Failed):
    """A rule of the desk forbids it."""


class NoReason(DeskError):
    """Everything that is done here is done for a reason, which the audit log keeps."""

    name, field = Name.INVALID, "reason"
    text = gettext_noop("Give a reason.")


class ProtectedPerson(DeskError):
    """Moderators cannot act on themselves, on the service's account, or, unless superusers, on staff."""

    name = Name.NOT_ALLOWED
    text = gettext_noop("You cannot do that to %(userid)s.")


class PastTime(DeskError):
    """It would be over before it begins."""

    name, field = Name.INVALID, "until"
    text = gettext_noop("This time is past.")


class NotFound(DeskError):
    """There is no such person, message or entry."""

    name = Name.NOT_FOUND
    text = gettext_noop("There is nothing of that name.")


class CannotSend(DeskError):
    """The message that was held may not be sent any more, or was decided about already."""

    text = gettext_noop("This cannot be done: %(why)s.")


class CannotUndo(DeskError):
    """The action has no undo, or something was done since that an undo would undo as well."""

    text = gettext_noop("This cannot be undone.")


class NothingChanged(CannotUndo):
    """It was so already when the action was done."""

    text = gettext_noop("This action changed nothing, so there is nothing to undo.")


class UndoneAlready(DeskError):
    """Somebody else was faster."""

    text = gettext_noop("This is undone already.")
