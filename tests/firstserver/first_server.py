"""The first server's Redis, with data in the same form."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis as Client

NOW = 1_500_000_000


def unicast(sender: str, content: str, second: int = NOW, extension: str = "", kind: str = "text") -> str:
    """A finished frame to one person."""
    return f"{kind}_{sender}_{content}_unicast_{sender}_{second}_{extension}"


def grouped(
    sender: str, content: str, group: int, second: int = NOW, extension: str = "", kind: str = "text"
) -> str:
    """A finished frame to a group."""
    return f"{kind}_{sender}_{content}_group_{group}_{second}_{extension}"


class FirstServer:
    """`url` names its database. It is connected only while something is written."""

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def open(self) -> Iterator[Client]:
        with Client.from_url(self.url) as client:
            yield client

    def flush(self) -> None:
        with self.open() as client:
            client.flushdb()

    def number_groups_from(self, group: int) -> None:
        with self.open() as client:
            client.set("groupID", group)

    def person(self, userid: str, nick: str = "", snap: str = "") -> None:
        with self.open() as client:
            client.hset(f"user_{userid}", mapping={"nick": nick, "snap": snap})

    def group(
        self, group: int, creator: str, members: Iterable[str], name: str = "群", notice: str = ""
    ) -> None:
        fields: dict[Any, Any] = {
            "creator": creator,
            "name": name,
            "notice": notice,
            "snap": "http://h/emovideo/1_0f.jpg",
        }
        with self.open() as client:
            client.hset(f"group_{group}", mapping=fields)
            for userid in members:
                client.sadd(f"groupmembers_{group}", userid)
                client.sadd(f"mygroups_{userid}", group)

    def wait(self, userid: str, *frames: str | bytes) -> None:
        """Append these frames to a person's inbox."""
        with self.open() as client:
            client.rpush(userid, *frames)
