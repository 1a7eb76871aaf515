"""A link without a server."""

from collections.abc import Callable

from server.link import Followed


class Link:
    """The server's view of a client that has confirmed everything up to `arrived`."""

    def __init__(self) -> None:
        self.goodbye_id: int | None = None
        self.arrived = 0
        self.followed: Followed | None = None
        self.confirm: Callable[[int], None] | None = None
        self.attempts = 0
        self.sent_ids: list[int] = []
        # Whether the client has not confirmed everything that was sent.
        self.is_open = False

    def follow(self, followed: Followed, confirm: Callable[[int], None] | None = None) -> None:
        self.followed, self.confirm = followed, confirm

    def unfollow(self) -> None:
        self.followed = self.confirm = None

    def sent(self, entry_id: int) -> None:
        self.sent_ids.append(entry_id)

    def ask(self) -> bool:
        self.attempts += 1
        return self.is_open

    def arrived_id(self) -> int:
        return self.arrived
