"""What a call or a command that fails is answered: one row for each cause, for sockets, the API and the group
calls of shipped apps. Pure."""

from enum import StrEnum

# Why something is not allowed: a person does not want it of the caller.
UNWANTED = "unwanted"


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


def gettext_noop(text: str) -> str:
    """Marks `text` for the catalog of translations, where Django is not known."""
    return text


def name_of(status: int, other: Name) -> Name:
    """The first with this number. `other`: for a number that has no name."""
    return next((name for name in Name if name.status == status), other)
