"""The application in the test's own process: nothing to start first, one event loop per test."""

import pytest
from channels.testing import WebsocketCommunicator

from im66.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)


async def _connect(userid: str) -> WebsocketCommunicator:
    communicator = WebsocketCommunicator(application, "/entry")
    connected, _ = await communicator.connect()
    assert connected
    await communicator.send_to(f"login_{userid}")
    return communicator


# Twice, for the second finds nothing left by the first: another loop, another database.
@pytest.mark.parametrize("time", ["once", "again"])
async def test_a_message_reaches_its_recipient_alone(time: str) -> None:
    alice, bob = await _connect("alice"), await _connect("bob")
    await alice.send_to(f"text_bob_{time}_unicast_")
    assert (await bob.receive_from()).startswith(f"text_alice_{time}_unicast_alice_")
    assert await alice.receive_nothing()
    await bob.send_to("members_1")
    assert await bob.receive_from() == "error_404_no such group"
    await alice.disconnect()
    await bob.disconnect()


async def test_a_clean_end_is_remembered() -> None:
    alice, bob = await _connect("alice"), await _connect("bob")
    await alice.send_to("text_bob_heard_unicast_")
    assert "heard" in await bob.receive_from()
    await bob.disconnect(1000)
    await alice.send_to("text_bob_missed_unicast_")
    again = await _connect("bob")
    assert "missed" in await again.receive_from()
    assert await again.receive_nothing()
    await again.disconnect()
    await alice.disconnect()


async def test_a_socket_anywhere_else_is_refused() -> None:
    communicator = WebsocketCommunicator(application, "/nowhere")
    connected, code = await communicator.connect()
    assert not connected
    assert code == 4404
