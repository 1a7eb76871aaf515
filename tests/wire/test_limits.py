"""Messages that are too long."""

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.wire.conftest import Cast

TEXT = 64 * 1024
FRAME = 1024 * 1024


@pytest.mark.promise("error-15", "limit-1")
async def test_text_of_more_than_64_kb_is_refused(
    server: Server, alice: Phone, bob: Phone, cast: Cast
) -> None:
    await alice.text(cast.bob, "汉" * (TEXT // 3))
    assert (await bob.message()).content == "汉" * (TEXT // 3)
    too_long = "汉" * (TEXT // 3 + 1)
    await alice.text(cast.bob, too_long)
    assert await alice.receive() == f"error_413_a text has at most {TEXT} bytes"
    assert await bob.receives_nothing()
    assert too_long not in server.stored()


@pytest.mark.promise("error-15", "limit-2")
async def test_frame_of_more_than_1_mb_is_refused(alice: Phone, bob: Phone, cast: Cast) -> None:
    rest = len(f"video_{cast.bob}__unicast_")
    await alice.send(f"video_{cast.bob}_{'v' * (FRAME - rest)}_unicast_")
    assert await alice.receive() == "error_413_a message is delivered as a frame of at most 131072 bytes"
    await alice.send(f"video_{cast.bob}_{'v' * (FRAME - rest + 1)}_unicast_")
    assert await alice.receive() == f"error_413_a frame has at most {FRAME} bytes"
    assert await bob.receives_nothing()
