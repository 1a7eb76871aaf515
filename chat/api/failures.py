"""What a call of the API about messages that fails is answered."""

from accounts.api.errors import ApiError, Name, try_again
from chat.access import NOT_IN_GROUP, CommandRefused
from chat.protocol.json import error_name
from chat.protocol.replies import Failure
from chat.writing.log import NoSpace
from groups.api import failures


def as_error(failed: Exception) -> ApiError | None:
    """As that of groups."""
    match failed:
        case CommandRefused():
            return _of_failure(failed.failure)
        case NoSpace():
            return try_again("There is no room left, the message was not stored.")
    return failures.as_error(failed)


def _of_failure(failure: Failure) -> ApiError:
    """The same code and name as in the dialect for sockets. Who is not in a group is not told that it
    exists."""
    if failure == NOT_IN_GROUP:
        return failures.NO_SUCH_GROUP
    return ApiError(
        int(failure.code), Name(error_name(failure)), failure.reason, retry=failure.retry, why=failure.why
    )
