"""Why nothing comes of what somebody asks for at the desk. The texts are for people to read."""

from django.utils.translation import gettext


class DeskError(Exception):
    """A rule of the desk forbids it."""


class NoReason(DeskError):
    """Everything that is done here is done for a reason, which the audit log keeps."""

    def __init__(self) -> None:
        super().__init__(gettext("Give a reason."))


class ProtectedPerson(DeskError):
    """Nobody acts on themselves, on the account of the service, or on staff unless they are a superuser."""

    def __init__(self, userid: str) -> None:
        super().__init__(gettext("You cannot do that to %(userid)s.") % {"userid": userid})
        self.userid = userid


class PastTime(DeskError):
    """It would be over before it begins."""

    def __init__(self) -> None:
        super().__init__(gettext("This time is past."))


class NotFound(DeskError):
    """There is no such person, message or entry."""

    def __init__(self) -> None:
        super().__init__(gettext("There is nothing of that name."))


class CannotSend(DeskError):
    """The message that was held may not be sent any more, or was decided about already."""

    def __init__(self, why: str) -> None:
        super().__init__(gettext("This cannot be done: %(why)s.") % {"why": why})


class CannotUndo(DeskError):
    """The action has no undo, or something was done since that an undo would undo as well."""

    def __init__(self) -> None:
        super().__init__(gettext("This cannot be undone."))


class NothingChanged(CannotUndo):
    """It was so already when the action was done."""

    def __init__(self) -> None:
        DeskError.__init__(self, gettext("This action changed nothing, so there is nothing to undo."))


class UndoneAlready(DeskError):
    """Somebody else was faster."""

    def __init__(self) -> None:
        super().__init__(gettext("This is undone already."))
