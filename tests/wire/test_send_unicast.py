"""A message from one person to another."""

import time

import pytest

from chat.protocol.kinds import VERBS
from testkit.phone import Phone, Received, unpacked
from tests.wire.conftest import Cast

FRAME = 128 * 1024


@pytest.mark.promise("to-client-2")
async def test_recipient_gets_the_message_unchanged(alice: Phone, bob: Phone, cast: Cast) -> None:
    before = int(time.time())
    await alice.send(f"text_{cast.bob}_你好_unicast_eyJhIjoxfQ==")
    message = await bob.message()
    assert message == Received(
        "text", cast.alice, "你好", "unicast", cast.alice, message.time, "eyJhIjoxfQ=="
    )
    assert before <= message.time <= int(time.time())


@pytest.mark.parametrize("kind", sorted(VERBS))
async def test_message_of_every_kind_arrives_unchanged(
    alice: Phone, bob: Phone, cast: Cast, kind: str
) -> None:
    await alice.send(f"{kind}_{cast.bob}_http://127.0.0.1/a-3.mp3_unicast_x")
    message = await bob.message()
    assert (message.kind, message.content, message.extension) == (kind, "http://127.0.0.1/a-3.mp3", "x")


@pytest.mark.promise("reading-4", "to-client-3")
@pytest.mark.parametrize(
    ("content", "extension"),
    [
        ("", ""),
        ("snake_case_name", ""),
        ("two\nlines\r\n", "QUJD\nREVG"),
        ("😀👨‍👩‍👧", "😀"),
        ("a_unicast_b", "plain"),
        ("a_group_b", "{'raw': 'json'}"),
        (" leading and trailing ", " "),
        ("x" * 65536, ""),
        ("<script>alert(1)</script>", "'; DROP TABLE log_message; --"),
    ],
)
async def test_content_and_extension_arrive_byte_for_byte(
    alice: Phone, bob: Phone, cast: Cast, content: str, extension: str
) -> None:
    await alice.text(cast.bob, content, extension)
    frame = await bob.receive()
    seconds = frame.removeprefix(f"text_{cast.alice}_{content}_unicast_{cast.alice}_").partition("_")[0]
    assert frame == f"text_{cast.alice}_{content}_unicast_{cast.alice}_{seconds}_{extension}"


@pytest.mark.promise("reading-4")
async def test_extension_may_contain_underscores(alice: Phone, bob: Phone, cast: Cast) -> None:
    await alice.text(cast.bob, "hi", "snake_case")
    assert (await bob.receive()).endswith("_snake_case")


@pytest.mark.promise("to-client-5")
async def test_frame_of_more_than_128_kb_is_refused(alice: Phone, bob: Phone, cast: Cast) -> None:
    rest = f"picture_{cast.alice}__unicast_{cast.alice}_{int(time.time())}_"
    content = "p" * (FRAME - len(rest))
    await alice.send(f"picture_{cast.bob}_{content}_unicast_")
    frame = await bob.receive()
    assert len(frame) == FRAME
    assert Received.read(frame).content == content
    await alice.send(f"picture_{cast.bob}_{content}p_unicast_")
    assert await alice.receive() == f"error_413_a message is delivered as a frame of at most {FRAME} bytes"
    assert await bob.receives_nothing()


@pytest.mark.promise("socket-7")
async def test_binary_frame_is_handled_as_text(alice: Phone, bob: Phone, cast: Cast) -> None:
    await alice.send(f"text_{cast.bob}_二进制_unicast_".encode())
    assert (await bob.message()).content == "二进制"


@pytest.mark.promise("routing-5")
async def test_messages_to_a_person_arrive_in_order(alice: Phone, bob: Phone, cast: Cast) -> None:
    for number in range(500):
        await alice.text(cast.bob, str(number))
    assert await bob.contents(500) == [str(number) for number in range(500)]


@pytest.mark.promise("routing-1")
async def test_sender_gets_no_echo(alice: Phone, bob: Phone, cast: Cast) -> None:
    await alice.text(cast.bob, "hi")
    await bob.message()
    assert await alice.receives_nothing()


@pytest.mark.promise("routing-2")
async def test_message_to_oneself_is_stored_and_not_sent_back(alice: Phone, cast: Cast) -> None:
    await alice.text(cast.alice, "note to self")
    await alice.send(f"records_{cast.alice}_0_unicast")
    messages = unpacked(await alice.receive())["messages"]
    assert [message["content"] for message in messages] == ["note to self"]
    assert await alice.receives_nothing()


@pytest.mark.promise("routing-3")
async def test_private_message_reaches_only_its_recipient(
    alice: Phone, bob: Phone, charlie: Phone, cast: Cast
) -> None:
    await alice.text(cast.bob, "for Bob alone")
    assert (await bob.message()).content == "for Bob alone"
    assert await charlie.receives_nothing()


@pytest.mark.promise("ids-3")
async def test_message_creates_an_unknown_recipient(alice: Phone, cast: Cast) -> None:
    await alice.text(f"{cast.bob}-new", "welcome")
    async with Phone(alice.url, f"{cast.bob}-new") as newcomer:
        assert (await newcomer.message()).content == "welcome"
