"""The error codes of sockets, the API and the group calls of the shipped apps: one entry for each cause.
Pure."""

from enum import Enum, StrEnum

# A finer code: the recipient does not accept messages from the caller.
UNWANTED = "unwanted"


def gettext_noop(text: str) -> str:
    """Mark `text` for translation in modules that do not use Django."""
    return text


class Name(StrEnum):
    """The stable name of an error in the API and on sockets. `status`: the HTTP status, and the number on
    sockets. `legacy`: the code in a group call. UNKNOWN_COMMAND and TOO_LATE are used on sockets only."""

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
    """Return the first name with this status, or `other` if there is none."""
    return next((name for name in Name if name.status == status), other)


class Cause(Enum):
    """A cause of failure shared by several protocols: its name for programs, its translatable sentence for
    people, and a finer code for programs."""

    def __init__(self, code: Name, text: str, why: str = "") -> None:
        self.code = code
        self.text = text
        self.why = why

    @property
    def short(self) -> str:
        """The short form of the sentence on sockets, in English: "no such group"."""
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
    """A call or a command fails. A subclass has a `cause`, or its own `name` and translatable `text`, into
    which the `values` are formatted.

    `explanation`: the reason in this case, for example from a moderator. `until`: the Unix time in seconds
    at which the cause ends. `retry`: the seconds after which the caller may retry. `why`: a finer code for
    programs. `field`: the invalid value of the call. `status`, `legacy`: the HTTP status and the code in a
    group call, if they differ from the name's. `str` gives English text for logs and developers."""

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
