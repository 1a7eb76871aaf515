"""A link without a server."""

from server.link import Followed


class Link:
    """What a server knows of a client that has `arrived` of what it was sent."""

    def __init__(self) -> None:
        self.goodbye_id: int | None = None
        self.arrived = 0
        self.followed: Followed | None = None

    def follow(self, followed: Followed) -> None:
        self.followed = followed

    def unfollow(self) -> None:
        self.followed = None

    def sent(self, entry_id: int) -> None:
        pass

    def arrived_id(self) -> int:
        return self.arrived
