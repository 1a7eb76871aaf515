"""The errors of group calls. The texts are for the caller to read."""


class GroupError(Exception):
    """A rule forbids the call."""


class GroupNotFound(GroupError):
    """The group does not exist, or was dissolved."""

    def __init__(self) -> None:
        super().__init__("There is no such group.")


class InvalidValue(GroupError):
    """The name or the notice is not allowed."""


class TooManyGroups(GroupError):
    """A person would be in too many groups."""

    def __init__(self, userid: str, limit: int) -> None:
        super().__init__(f"{userid} is in {limit} groups, and can be in no more.")


class TooManyMembers(GroupError):
    """The group would exceed its limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"A group has at most {limit} members.")


class NoRoom(GroupError):
    """The disk that the database is on has too little room left."""

    def __init__(self) -> None:
        super().__init__("There is no room left. Try again later.")
