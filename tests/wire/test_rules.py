"""Rules of moderators act where a message is accepted, and the service's own account is nobody's to write to
or to log in as."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from testkit.device import Device, Error
from testkit.phone import Phone
from testkit.server import Server
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

NOT_ALLOWED = "error_403_this message is not allowed"
DESK = "im66-desk"
EFFECTS = {"spam": "block", "damn": "mask", "dubious": "hold"}
MAKE = f"""
from moderation.models import Rule
for pattern, effect in {EFFECTS}.items():
    Rule.objects.create(pattern=pattern, effect=effect, made_by="operator")
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With a rule of each kind."""
    server = Server(tmp_path_factory.mktemp("rules"))
    server.prepare()
    server.run_python(MAKE)
    server.start()
    yield server
    server.stop()


async def released(server: Server) -> int:
    """Release what waits longest. Returns the id of what everybody gets."""
    code = (
        "from chat.services import held_messages as held\n"
        "print(held.release(held.waiting_messages(100)[-1].id))"
    )
    return int(await asyncio.to_thread(server.run_python, code))


@pytest.mark.promise("error-10")
async def test_forbidden_text_is_refused(server: Server, alice: Phone, bob: Phone) -> None:
    await alice.text(bob.userid, "cheap SPAM")
    assert await alice.receive() == NOT_ALLOWED
    await alice.text(bob.userid, "hello")
    assert (await bob.message()).content == "hello"


async def test_masked_message_arrives_masked(server: Server, alice: Phone, bob: Phone) -> None:
    await alice.text(bob.userid, "D a m n it")
    assert (await bob.message()).content == "* * * * it"


@pytest.mark.promise("delivery-15")
async def test_held_message_arrives_when_released(server: Server, alice: Phone, bob: Phone) -> None:
    await alice.text(bob.userid, "dubious")
    await alice.text(bob.userid, "after")
    assert (await bob.message()).content == "after"
    await released(server)
    assert (await bob.message()).content == "dubious"
    assert await alice.receives_nothing()


@pytest.mark.promise("error-11")
async def test_message_to_the_service_account_is_refused(server: Server, cast: Cast, alice: Phone) -> None:
    await alice.text(DESK, "hello?")
    assert await alice.receive() == "error_403_nobody can write to this account"
    async with Device(server.entry, cast.bob) as bob:
        refused = await bob.refusal("send", to=f"u:{DESK}", kind="text", content="hello?")
        assert refused == Error(403, "not_allowed")


@pytest.mark.promise("error-11")
async def test_login_as_the_service_account_is_refused(server: Server) -> None:
    async with Phone(server.entry) as phone:
        await phone.send(f"login_{DESK}")
        assert await phone.receive() == "error_403_this account is locked"


async def test_service_message_reaches_every_client(server: Server, alice: Phone, cast: Cast) -> None:
    async with Device(server.entry, cast.alice) as browser:
        code = f"send_text({json.dumps(cast.alice)}, 'You are warned.')"
        code = f"from chat.services.service_texts import send_text; {code}"
        await asyncio.to_thread(server.run_python, code)
        assert (await browser.event())["from"] == DESK
        message = await alice.message()
        assert (message.sender, message.content) == (DESK, "You are warned.")
