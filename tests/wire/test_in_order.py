"""What a client sends is dealt with in its order, in whatever pieces it arrives: whether an answer needs the
database or not, and whether it is a message, a question or nonsense."""

import base64
import json
import random
from collections.abc import Iterator

import pytest

from testkit.phone import Phone, Received
from testkit.raw import text
from testkit.server import PLAIN_DAPHNE, SERVE, WITHOUT_LIMITS, Server
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

SEED, COUNT = 66, 60
SERVERS = {
    "serve": SERVE,
    # It gives the application ASGI messages only.
    "plain daphne": PLAIN_DAPHNE,
}


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("order"), SERVERS[request.param], **WITHOUT_LIMITS) as running:
        yield running


def _content_and_place(frame: str) -> tuple[str, int]:
    """What kind of answer it is, and how many messages a page has."""
    kind, _, rest = frame.partition("_")
    if kind != "records":
        return kind, 0
    page = json.loads(base64.b64decode(rest.rpartition("_")[2]))
    return kind, len(page["messages"])


class _Script:
    """Frames that Alice sends, and what she and Bob must be told."""

    def __init__(self, chance: random.Random, cast: Cast) -> None:
        self.frames: list[str] = []
        self.answers: list[tuple[str, int]] = []
        self.contents: list[str] = []
        for number in range(COUNT):
            match chance.choice(["text", "text", "text", "records", "nonsense"]):
                case "text":
                    self.contents.append(f"number{number}")
                    self.frames.append(f"text_{cast.bob}_number{number}_unicast_")
                case "records":
                    self.frames.append(f"records_{cast.bob}_0_unicast")
                    self.answers.append(("records", len(self.contents)))
                case _:
                    self.frames.append("nonsense")
                    self.answers.append(("error", 0))


def _pieces(data: bytes, chance: random.Random, most: int) -> list[bytes]:
    """The data, cut at random places into pieces of at most so many bytes."""
    pieces = []
    while data:
        length = chance.randint(1, most)
        pieces.append(data[:length])
        data = data[length:]
    return pieces


@pytest.mark.parametrize("most", [7, 300, 1_000_000])
async def test_answers_and_messages_keep_the_order_of_the_frames(
    alice: Phone, bob: Phone, cast: Cast, most: int
) -> None:
    chance = random.Random(SEED + most)
    talk = _Script(chance, cast)
    for piece in _pieces(b"".join(map(text, talk.frames)), chance, most):
        alice.socket.transport.write(piece)
    assert [_content_and_place(await alice.receive()) for _ in talk.answers] == talk.answers
    assert [Received.read(await bob.receive()).content for _ in talk.contents] == talk.contents


async def test_frame_after_a_second_login_is_from_the_second_person(
    alice: Phone, bob: Phone, cast: Cast
) -> None:
    frames = [
        f"text_{cast.bob}_one_unicast_",
        f"logout_{cast.alice}",
        f"text_{cast.bob}_nobody_unicast_",
        f"login_{cast.charlie}",
        f"text_{cast.bob}_two_unicast_",
        "nonsense",
        f"text_{cast.bob}_three_unicast_",
    ]
    alice.socket.transport.write(b"".join(map(text, frames)))
    assert [(await alice.receive()).split("_")[:2] for _ in range(2)] == [["error", "401"], ["error", "400"]]
    contents = [Received.read(await bob.receive()) for _ in range(3)]
    assert [(one.sender, one.content) for one in contents] == [
        (cast.alice, "one"),
        (cast.charlie, "two"),
        (cast.charlie, "three"),
    ]
