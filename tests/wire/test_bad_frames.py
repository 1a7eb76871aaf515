"""Frames that are none."""

import random
import string
from collections.abc import Iterator

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.wire.conftest import Cast

SEED = 66


FRAMES: list[str | bytes] = [
    "",
    "_",
    "hello",
    "login",
    "login_",
    "login_has space",
    "login_" + "x" * 65,
    "logout_",
    "text",
    "text_",
    "text_bob",
    "text_bob_hi",
    "text_bob_hi_multicast_x",
    "text_bob_unicast_",
    "text_not-a-number_hi_group_x",
    "text_007_hi_group_x",
    "text_bo,b_hi_unicast_x",
    "shout_bob_hi_unicast_x",
    "TEXT_bob_hi_unicast_x",
    "members_",
    "members_x",
    "members_1_",
    "members_1_a,b",
    "records_bob",
    "records_bob_yesterday",
    "records_bob_-1",
    "records_bob_0_multicast",
    "heartbeat_1",
    "error_400_no",
    "text_bob_nul\0_unicast_",
    b"\xff\xfe",
    "__unicast__",
    "текст_боб_привет_unicast_",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It slows nobody down."""
    with Server(tmp_path_factory.mktemp("bad"), IM66_LIMIT_REFUSALS="off") as server:
        yield server


@pytest.mark.promise("socket-6", "reading-5", "error-1")
async def test_bad_frames_get_errors_and_keep_the_connection(alice: Phone) -> None:
    for frame in FRAMES:
        await alice.send(frame)
        error, code, reason = (await alice.receive()).split("_")
        assert (error, code) == ("error", "400"), frame
        assert reason
    await alice.settle()


@pytest.mark.promise("socket-9")
@pytest.mark.slow
async def test_connection_survives_thousands_of_random_and_mutated_frames(
    server: Server, alice: Phone, bob: Phone, cast: Cast
) -> None:
    dice = random.Random(SEED)
    for _ in range(3_000):
        await alice.send(_bad_frame(dice))
    await alice.settle()
    await alice.text(cast.bob, "after the storm")
    assert (await bob.contents_until("after the storm"))[-1] == "after the storm"
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "ERROR" not in log


_GOOD = [
    "text_victim_hi_unicast_ext",
    "records_victim_0",
    "members_1",
    "picture_2_http://x/a-1x1.jpg_group_e",
]
_ALPHABET = string.printable + "_____\0é你😀\u200f\ud7ff\ufffd"


def _bad_frame(dice: random.Random) -> str | bytes:
    kind = dice.randrange(4)
    if kind == 0:
        return "".join(dice.choices(_ALPHABET, k=dice.randrange(80)))
    if kind == 1:
        return dice.randbytes(dice.randrange(80))
    good = list(dice.choice(_GOOD))
    for _ in range(dice.randrange(1, 6)):
        where = dice.randrange(len(good))
        good[where] = dice.choice(_ALPHABET)
        if kind == 3:
            del good[dice.randrange(len(good))]
    frame = "".join(good)
    # Another login would be no error, and Alice is needed afterwards.
    return frame if not frame.startswith(("login_", "logout_")) else frame[::-1]
