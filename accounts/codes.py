"""What a call or a command that fails is answered: one row for each cause, for sockets, the API and the group
calls of shipped apps. Pure."""

from enum import Enum, StrEnum

# Why something is not allowed: a person does not want it of the caller.
UNWANTED = "unwanted"


def gettext_noop(text: str) -> str:
    """Marks `text` for the catalog of translations, where Django is not known."""
    return text


class Name(StrEnum):
    """What went wrong, for programs: its name in the API and on sockets. `status`: of HTTP, and the number on
    sockets. `legacy`: the code of a group call. Only sockets answer UNKNOWN_COMMAND and TOO_LATE."""

    status: int
    legacy: int

    def __new__(cls, name: str, status: int, legacy: int) -> "Name":
        member = str.__new__(cls, name)
        member._value_ = name
        member.status, member.legacy = status, legacy
        return member

    INVALID = "invalid", 400, 2
    MALFORMED = "malformed", 400, 2
    UNKNOWN_COMMAND = "unknown_command", 400, 2
    LOG_IN_FIRST = "log_in_first", 401, 4
    NOT_ALLOWED = "not_allowed", 403, 4
    MUTED = "muted", 403, 4
    BLOCKED = "blocked", 403, 4
    BANNED = "banned", 403, 4
    NOT_FOUND = "not_found", 404, 3
    TOO_LATE = "too_late", 408, 9
    CONFLICT = "conflict", 409, 5
    TOO_LONG = "too_long", 413, 2
    TOO_FAST = "too_fast", 429, 6
    TRY_AGAIN = "try_again", 503, 9


def name_of(status: int, other: Name) -> Name:
    """The first with this number. `other`: for a number that has no name."""
    return next((name for name in Name if name.status == status), other)


class Cause(Enum):
    """Why something is not done, as several doors answer it: its name for programs, its sentence for people,
    to be translated, and what else programs must tell apart."""

    def __init__(self, code: Name, text: str, why: str = "") -> None:
        self.code = code
        self.text = text
        self.why = why

    @property
    def short(self) -> str:
        """The sentence as sockets have it, in English: "no such group"."""
        sentence = self.text.removeprefix("There is ") if "no such" in self.text else self.text
        return sentence[0].lower() + sentence[1:].removesuffix(".")

    MUTED = Name.MUTED, gettext_noop("You are muted.")
    QUIET = Name.MUTED, gettext_noop("Only owners and admins may write now.")
    OUTSIDE = Name.NOT_ALLOWED, gettext_noop("You are not in this group.")
    NOT_MANAGER = Name.NOT_ALLOWED, gettext_noop("Only owners and admins of the group can do that.")
    NOT_OWNER = Name.NOT_ALLOWED, gettext_noop("Only owners of the group can do that.")
    OF_ANOTHER = Name.NOT_ALLOWED, gettext_noop("Only this user can do that.")
    NOT_AUTHOR = Name.NOT_ALLOWED, gettext_noop("This is somebody else's message.")
    TOO_LATE = Name.NOT_ALLOWED, gettext_noop("It is too late for that.")
    BANNED = Name.BANNED, gettext_noop("This account is locked.")
    LOG_IN_AGAIN = Name.LOG_IN_FIRST, gettext_noop("Log in again.")
    BLOCKED = Name.BLOCKED, gettext_noop("You are blocked.")
    UNWANTED = Name.NOT_ALLOWED, gettext_noop("This person does not take messages from you."), UNWANTED
    NO_SUCH_USER = Name.NOT_FOUND, gettext_noop("There is no such user.")
    NO_SUCH_GROUP = Name.NOT_FOUND, gettext_noop("There is no such group.")
    NO_SUCH_MESSAGE = Name.NOT_FOUND, gettext_noop("There is no such message.")
    NO_SUCH_FILE = Name.NOT_FOUND, gettext_noop("There is no such file.")
    NO_SUCH_BOT = Name.NOT_FOUND, gettext_noop("There is no such bot.")
    NOT_BOT = Name.NOT_ALLOWED, gettext_noop("Only bots do this.")
    NOT_WRITTEN_TO = Name.NOT_ALLOWED, gettext_noop("Nobody can write to this account.")
    TOO_MANY_CONNECTIONS = Name.NOT_ALLOWED, gettext_noop("Too many connections.")
    TEXT_NOT_ALLOWED = Name.NOT_ALLOWED, gettext_noop("This text is not allowed.")
    MESSAGE_NOT_ALLOWED = Name.NOT_ALLOWED, gettext_noop("This message is not allowed.")
    NOT_CHECKED = Name.TRY_AGAIN, gettext_noop("This could not be checked, try again.")
    CLOSED = Name.CONFLICT, gettext_noop("This is closed.")
    NO_SPACE = Name.TRY_AGAIN, gettext_noop("There is no room left, the message was not stored.")
    NOT_STORED = Name.TRY_AGAIN, gettext_noop("The message was not stored, try again.")
    BUSY = Name.TRY_AGAIN, gettext_noop("The server is busy. Try again.")
    SERVER_ERROR = Name.TRY_AGAIN, gettext_noop("Server error. Try again.")
    TOO_FAST = Name.TOO_FAST, gettext_noop("Too fast. Try again in %(seconds)d s.")


class Failed(Exception):
    """What a call or a command asks for is not done. A subclass says why: by a `cause`, or by a `name` and a
    `text` of its own, for people, to be translated, in which the `values` stand.

    `explanation`: what is said of it in particular, by a moderator for instance. `until`: the second at which
    it ends. `retry`: after so many seconds it may be tried again. `why`: what else programs must tell apart.
    `field`: the value of the call that is wrong. `status`: of HTTP, and `legacy`: in a group call of shipped
    apps, if that is not of the name. As a string, it is for logs and developers, in English."""

    cause: Cause | None = None
    name: Name = Name.CONFLICT
    text: str = ""
    explanation: str = ""
    until: int | None = None
    retry: int | None = None
    why: str = ""
    field: str = ""
    status: int | None = None
    legacy: Name | None = None

    def __init__(self, text: str = "", **values: str | int) -> None:
        if self.cause:
            self.name, self.text, self.why = self.cause.code, self.cause.text, self.cause.why
        self.text, self.values = text or self.text, values
        super().__init__(self.text % values if values else self.text)
