"""What a call of the API about groups that fails is answered."""

from accounts.access import Cause, Forbidden
from accounts.api import errors
from accounts.api.errors import ApiError, invalid, not_found, try_again
from accounts.codes import Name
from groups.errors import GroupError, GroupNotFound, NoNotice

NO_SUCH_GROUP = not_found("There is no such group.")


def as_error(failed: Exception) -> ApiError | None:
    """As that of accounts. Who is not in a group is not told that it exists."""
    match failed:
        case GroupNotFound():
            return NO_SUCH_GROUP
        case Forbidden() if failed.cause is Cause.OUTSIDE:
            return NO_SUCH_GROUP
        case NoNotice():
            return invalid("confirm", str(failed))
        case GroupError(name=Name.TRY_AGAIN):
            return try_again(str(failed))
        case GroupError():
            return ApiError(failed.name, str(failed), why=failed.why)
    return errors.as_error(failed)
