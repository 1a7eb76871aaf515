"""Which ends of a connection count as a goodbye, and for whom."""

import pytest

from chat.consumers import is_goodbye
from tests.support.phone import Phone
from tests.support.server import Server
from tests.wire.conftest import Cast


@pytest.mark.parametrize("code", [None, 1000, 1001, 1999, 3000, 4000, 4999])
def test_it_works(code: int | None) -> None:
    assert is_goodbye(code)


@pytest.mark.parametrize("code", [1002, 1003, 1005, 1006, 1007, 1009, 1011, 1012, 1998, 2000, 2999, 5000])
def test_any_other_end_is_none(code: int) -> None:
    assert not is_goodbye(code)


async def test_a_close_without_a_code_is_one(server: Server, alice: Phone, cast: Cast) -> None:
    async with Phone(server.entry, cast.bob) as first:
        await alice.text(cast.bob, "heard")
        assert await first.contents(1) == ["heard"]
        await first.close_without_a_code()
    await alice.text(cast.bob, "missed")
    async with Phone(server.entry, cast.bob) as second:
        assert await second.contents(1) == ["missed"]
        assert await second.hears_nothing()


async def test_logging_in_again_says_goodbye_for_the_first_login(
    alice: Phone, bob: Phone, cast: Cast
) -> None:
    await alice.text(cast.bob, "heard")
    assert await bob.contents(1) == ["heard"]
    await bob.log_in(cast.bob)
    assert await bob.hears_nothing()
    await alice.text(cast.bob, "next")
    assert await bob.contents(1) == ["next"]


async def test_it_counts_for_the_person_whatever_became_of_the_other_devices(
    server: Server, alice: Phone, cast: Cast
) -> None:
    async with Phone(server.entry, cast.bob) as lost, Phone(server.entry, cast.bob) as sound:
        await alice.text(cast.bob, "for Bob")
        assert await lost.contents(1) == ["for Bob"]
        assert await sound.contents(1) == ["for Bob"]
        lost.vanish()
        await sound.say_goodbye()
    async with Phone(server.entry, cast.bob) as again:
        assert await again.hears_nothing()


async def test_until_one_the_next_device_gets_it_too(
    server: Server, alice: Phone, bob: Phone, cast: Cast
) -> None:
    await alice.text(cast.bob, "just now")
    assert await bob.contents(1) == ["just now"]
    async with Phone(server.entry, cast.bob) as tablet:
        assert await tablet.contents(1) == ["just now"]
    assert await bob.hears_nothing()
