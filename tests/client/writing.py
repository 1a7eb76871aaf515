"""Other clients that write to browser users."""

from collections.abc import Iterable

from testkit.device import Device
from testkit.server import Server
from testkit.uploading import upload


def device(server: Server, userid: str) -> Device:
    return Device(server.entry, userid)


async def send_many(sender: Device, to: str, contents: Iterable[str]) -> list[int]:
    """Send texts without waiting for each. Return their ids."""
    sent = [await sender.command("send", to=to, kind="text", content=content) for content in contents]
    return [int((await sender.reply(id_))["id"]) for id_ in sent]


async def send(sender: Device, to: str, kind: str, content: str) -> int:
    return int((await sender.call("send", to=to, kind=kind, content=content))["id"])


def stored(server: Server, path: str, content: bytes) -> str:
    """Upload a file by this call, and return its URL."""
    reply = upload(server, path, content)
    assert reply.data, reply
    return reply.data
