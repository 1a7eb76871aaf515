"""What a call of the API about groups that fails is answered."""

from accounts.access import Cause, Forbidden
from accounts.api import errors
from accounts.api.errors import UNWANTED, ApiError, Name, invalid, not_found, try_again
from groups.errors import (
    Blocked,
    GroupError,
    GroupNotFound,
    InvalidValue,
    LinkEnded,
    NoNotice,
    NoSpace,
    NotAMember,
    NotAsked,
    NotChecked,
    Unwanted,
    UserNotFound,
)

NO_SUCH_GROUP = not_found("There is no such group.")


def as_error(failed: Exception) -> ApiError | None:
    """As that of accounts. Who is not in a group is not told that it exists."""
    match failed:
        case GroupNotFound():
            return NO_SUCH_GROUP
        case Forbidden() if failed.cause is Cause.OUTSIDE:
            return NO_SUCH_GROUP
        case UserNotFound() | NotAMember() | LinkEnded() | NotAsked():
            return not_found(str(failed))
        case NoNotice():
            return invalid("confirm", str(failed))
        case InvalidValue():
            return ApiError(400, Name.INVALID, str(failed))
        case Blocked():
            return ApiError(403, Name.BLOCKED, str(failed))
        case Unwanted():
            return ApiError(403, Name.NOT_ALLOWED, str(failed), why=UNWANTED)
        case NoSpace() | NotChecked():
            return try_again(str(failed))
        case GroupError():
            # What is full, or would be without an owner; or somebody has just left it.
            return ApiError(409, Name.CONFLICT, str(failed))
    return errors.as_error(failed)
