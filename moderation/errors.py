"""Errors of the desk. Their texts are shown to people."""

from accounts.codes import Failed, Name, gettext_noop


class DeskError(Failed):
    """A rule of the desk forbids it."""


class NoReason(DeskError):
    """The action needs a reason, which the audit log keeps."""

    name, field = Name.INVALID, "reason"
    text = gettext_noop("Give a reason.")


class ProtectedPerson(DeskError):
    """Moderators cannot act on themselves, on the service's account, or, unless superusers, on staff."""

    name = Name.NOT_ALLOWED
    text = gettext_noop("You cannot do that to %(userid)s.")


class PastTime(DeskError):
    """The end is in the past."""

    name, field = Name.INVALID, "until"
    text = gettext_noop("This time is past.")


class NotFound(DeskError):
    """The person, group, message or entry does not exist."""

    name = Name.NOT_FOUND
    text = gettext_noop("There is nothing of that name.")


class CannotSend(DeskError):
    """The held message may no longer be sent, or was already decided about."""

    text = gettext_noop("This cannot be done: %(why)s.")


class CannotUndo(DeskError):
    """The action has no undo, or a later action would be undone as well."""

    text = gettext_noop("This cannot be undone.")


class NothingChanged(CannotUndo):
    """The action to undo had changed nothing."""

    text = gettext_noop("This action changed nothing, so there is nothing to undo.")


class UndoneAlready(DeskError):
    """The action was undone before."""

    text = gettext_noop("This is undone already.")
