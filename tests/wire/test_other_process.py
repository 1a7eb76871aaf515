"""What a process without sockets does, a command of the operator's for instance, reaches those connected."""

import pytest

from testkit.device import Device
from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.support.calls import make_group

APPEND = "from log.appending import Draft, append; append([Draft({!r}, {!r}, {!r}, {!r}, '')])"


def _append(server: Server, sender: str, to: str | int, content: str, kind: str = "text") -> None:
    server.run_python(APPEND.format(kind, sender, to, content))


@pytest.mark.promise("to-client-7", "json-43")
@pytest.mark.slow
@pytest.mark.core
async def test_row_of_a_later_version_reaches_every_client(make_server: MakeServer) -> None:
    """Of a kind that the server does not know."""
    server = make_server(IM66_POLL_SECONDS="0.1")
    server.run_python("from accounts.services import ensure_users; ensure_users(['alice'])")
    async with Phone(server.entry, "bob") as phone, Device(server.entry, "bob") as device:
        _append(server, "alice", "bob", "40.1,116.3", kind="later")
        shown = await phone.message()
        assert (shown.kind, shown.content) == ("text", "[请更新到新版本查看]")
        event = await device.event()
        assert (event["kind"], event["content"]) == ("later", "40.1,116.3")
    _append(server, "alice", "bob", "40.2,116.3", kind="later")
    async with Phone(server.entry, "bob") as phone:
        assert (await phone.message()).content == "[请更新到新版本查看]"


@pytest.mark.slow
async def test_row_of_another_process_is_sent_in_order_without_a_notification(
    make_server: MakeServer,
) -> None:
    server = make_server(IM66_POLL_SECONDS="60")
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        _append(server, "alice", "bob", "untold")
        assert await bob.receives_nothing()
        await alice.text("bob", "told")
        assert await bob.contents(2) == ["untold", "told"]


@pytest.mark.slow
async def test_member_removed_by_another_process_cannot_write(make_server: MakeServer) -> None:
    server = make_server(IM66_POLL_SECONDS="60")
    group = await make_group(server, "alice", "bob")
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await bob.group_text(group, "as a member")
        assert (await alice.message()).content == "as a member"
        command = f"from groups.services import remove_members; remove_members({group}, ['bob'])"
        server.run_python(command)
        await bob.group_text(group, "as an outsider")
        assert await bob.receive() == "error_403_you are not in this group"
        assert await alice.receives_nothing()
    assert "as an outsider" not in server.stored()
