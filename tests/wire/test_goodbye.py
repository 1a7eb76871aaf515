"""Which ends of a connection count as a goodbye, and for whom."""

import asyncio

import pytest

from server.close_codes import is_goodbye
from testkit.phone import IOS_GOODBYE, Phone
from testkit.server import WITHOUT_LIMITS, Server
from testkit.silent import CLOSE, TEXT, Raw
from tests.conftest import MakeServer
from tests.wire.conftest import Cast


@pytest.fixture
def server(busy_server: Server) -> Server:
    """Somebody writes thousands of messages here."""
    return busy_server


@pytest.mark.promise("delivery-1")
@pytest.mark.parametrize("code", [None, 1000, 1001, 1999, 3000, 4000, 4999])
def test_goodbye_close_codes_are_recognised(code: int | None) -> None:
    assert is_goodbye(code)


@pytest.mark.parametrize("code", [1002, 1003, 1005, 1006, 1007, 1009, 1011, 1012, 1998, 2000, 2999, 5000])
def test_other_close_codes_confirm_nothing(code: int) -> None:
    assert not is_goodbye(code)


@pytest.mark.promise("delivery-1")
async def test_close_without_a_code_is_a_goodbye(server: Server, alice: Phone, cast: Cast) -> None:
    async with Phone(server.entry, cast.bob) as first:
        await alice.text(cast.bob, "heard")
        assert await first.contents(1) == ["heard"]
        await first.close_without_a_code()
    await alice.text(cast.bob, "missed")
    async with Phone(server.entry, cast.bob) as second:
        assert await second.contents(1) == ["missed"]
        assert await second.receives_nothing()


@pytest.mark.promise("delivery-3")
async def test_logging_in_again_says_goodbye_for_the_first_login(
    alice: Phone, bob: Phone, cast: Cast
) -> None:
    await alice.text(cast.bob, "heard")
    assert await bob.contents(1) == ["heard"]
    await bob.log_in(cast.bob)
    assert await bob.receives_nothing()
    await alice.text(cast.bob, "next")
    assert await bob.contents(1) == ["next"]


@pytest.mark.promise("delivery-12")
async def test_goodbye_of_one_device_confirms_for_the_person(
    server: Server, alice: Phone, cast: Cast
) -> None:
    async with Phone(server.entry, cast.bob) as lost, Phone(server.entry, cast.bob) as sound:
        await alice.text(cast.bob, "for Bob")
        assert await lost.contents(1) == ["for Bob"]
        assert await sound.contents(1) == ["for Bob"]
        lost.vanish()
        await sound.say_goodbye()
    async with Phone(server.entry, cast.bob) as again:
        assert await again.receives_nothing()


@pytest.mark.promise("delivery-13")
async def test_next_device_gets_messages_before_a_goodbye(
    server: Server, alice: Phone, bob: Phone, cast: Cast
) -> None:
    await alice.text(cast.bob, "just now")
    assert await bob.contents(1) == ["just now"]
    async with Phone(server.entry, cast.bob) as tablet:
        assert await tablet.contents(1) == ["just now"]
    assert await bob.receives_nothing()


@pytest.mark.promise("delivery-2")
@pytest.mark.slow
async def test_goodbye_of_the_ios_app_is_answered_with_its_code(make_server: MakeServer) -> None:
    """After any other the app connects again."""
    server = make_server()
    async with Raw(server.port) as bob:
        await bob.text("login_bob")
        await bob.send(CLOSE, IOS_GOODBYE.to_bytes(2))
        while (frame := await bob.frame()).opcode != CLOSE:
            pass
        assert frame.payload == IOS_GOODBYE.to_bytes(2)


@pytest.mark.slow
class TestWhatItConfirms:
    @pytest.fixture
    def server(self, make_server: MakeServer) -> Server:
        return make_server(**WITHOUT_LIMITS)

    @pytest.mark.promise("delivery-1", "delivery-5")
    @pytest.mark.parametrize("code", [None, 1000, IOS_GOODBYE])
    async def test_goodbye_is_stored_before_its_answer(self, server: Server, code: int | None) -> None:
        """So that no other process sends it again, however soon the client comes there."""
        async with Phone(server.entry, "alice") as alice:
            for number in range(10):
                async with Phone(server.entry, "bob") as bob:
                    await alice.text("bob", str(number))
                    assert await bob.contents(1) == [str(number)]
                    await (bob.say_goodbye(code) if code else bob.close_without_a_code())
                ((last, delivered),) = server.query(
                    "SELECT max(m.id), max(u.delivered_id) FROM log_message m, accounts_user u"
                    " WHERE u.userid = 'bob'"
                )
                assert delivered >= last

    @pytest.mark.promise("delivery-6")
    @pytest.mark.parametrize("code", [1000, IOS_GOODBYE])
    async def test_goodbye_amid_a_stream_confirms_what_had_arrived(self, server: Server, code: int) -> None:
        async with Phone(server.entry, "alice") as alice:
            stream = asyncio.create_task(self._send(alice, 600))
            async with Raw(server.port, answers=True) as bob:
                await bob.text("login_bob")
                before = await bob.texts(200)
                await bob.send(CLOSE, code.to_bytes(2))
                after = await self._rest(bob)
            await stream
            async with Phone(server.entry, "bob") as again:
                rest = await again.contents_until("599")
        parts = [int(frame.split("_")[2]) for frame in before + after]
        assert parts == list(range(len(parts)))
        assert rest == [str(number) for number in range(int(rest[0]), 600)]
        assert len(before) <= int(rest[0]) <= len(parts)

    async def test_goodbye_confirms_nothing_sent_after_it(self, server: Server) -> None:
        """Bob logs in where Charlie was and is gone in the same packet, before anything is sent to him."""
        async with Phone(server.entry, "alice") as alice:
            await self._send(alice, 50)
            await alice.settle()
            async with Raw(server.port) as both:
                await both.text("login_charlie")
                await alice.text("charlie", "hello")
                await both.texts(1)
                await both.send_together((TEXT, b"login_bob"), (CLOSE, b"\x03\xe8"))
                await self._rest(both)
            async with Phone(server.entry, "bob") as bob:
                assert await bob.contents(50) == [str(number) for number in range(50)]

    async def test_second_login_on_a_connection_repeats_no_messages(self, server: Server) -> None:
        """What is on its way comes all the same, in its place."""
        async with Phone(server.entry, "alice") as alice:
            for number in range(2000):
                await alice.text("bob", f"{number} {'x' * 200}")
            await alice.settle()
            async with Raw(server.port) as bob:
                await bob.text("login_bob")
                texts = await bob.texts(300)
                await bob.send_together((TEXT, b"logout_bob"), (TEXT, b"login_bob"))
                texts += await bob.texts(1700)
        assert [int(frame.split("_")[2].split()[0]) for frame in texts] == list(range(2000))

    async def _send(self, alice: Phone, count: int) -> None:
        for number in range(count):
            await alice.text("bob", str(number))
            await asyncio.sleep(0.002)

    async def _rest(self, client: Raw) -> list[str]:
        """What comes until the goodbye is answered."""
        results = []
        while (frame := await client.frame()).opcode != CLOSE:
            if frame.opcode == TEXT:
                results.append(frame.payload.decode())
        return results
