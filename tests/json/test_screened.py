"""Rules of the moderators refuse a text, mask parts of it, or hold it. What is masked the reply tells."""

import asyncio
from contextlib import suppress

import pytest

from testkit.device import Device, Error, Refused
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.json.places import Place

pytestmark = anywhere

NOT_ALLOWED = Error(403, "not_allowed")
# The last one of them is in force when all are.
ADD = """
from moderation.moderators import ALL_PERMISSIONS, Moderator
from moderation.rules.service import add_rules
for word, effect in (("{mask}", "mask"), ("{hold}", "hold"), ("{block}", "block")):
    add_rules(Moderator("moderator", "", ALL_PERMISSIONS), [word], "test", effect=effect)
"""


@pytest.fixture
async def words(place: Place, cast: Cast) -> dict[str, str]:
    """A word for each effect, which nobody else says. The rules are in force in every process."""
    words = {effect: f"{effect}{cast.alice}" for effect in ("mask", "hold", "block")}
    await asyncio.to_thread(place.here.run_python, ADD.format(**words))
    for server in set(place):
        async with Device(server.entry, f"probe-{cast.alice}") as probe, asyncio.timeout(20):
            with suppress(Refused):
                while True:
                    await probe.text(f"u:{probe.userid}", words["block"])
    return words


@pytest.mark.promise("json-9")
async def test_blocked_text_is_neither_sent_nor_edited(
    cast: Cast, alice: Device, bob: Device, words: dict[str, str]
) -> None:
    text = {"to": f"u:{cast.bob}", "kind": "text"}
    assert await alice.refusal("send", content=f"a {words['block']}", **text) == NOT_ALLOWED
    sent = await alice.call("send", content="innocent", **text)
    assert "content" not in sent
    assert (await bob.event())["id"] == sent["id"]
    assert await alice.refusal("edit", target=sent["id"], content=words["block"]) == NOT_ALLOWED
    assert await bob.receives_nothing()


@pytest.mark.promise("json-9")
async def test_reply_to_send_has_the_masked_text(
    cast: Cast, alice: Device, bob: Device, words: dict[str, str]
) -> None:
    shown = "well, " + "*" * len(words["mask"])
    sent = await alice.call("send", to=f"u:{cast.bob}", kind="text", content=f"well, {words['mask']}")
    assert (sent["content"], (await bob.event())["content"]) == (shown, shown)
    edited = await alice.call("edit", target=sent["id"], content=f"oh, {words['mask']}")
    assert (edited["content"], (await bob.event())["content"]) == (shown.replace("well", "oh"),) * 2


@pytest.mark.promise("json-9")
async def test_held_text_arrives_when_released(
    here: Server, cast: Cast, alice: Device, bob: Device, words: dict[str, str]
) -> None:
    text = {"to": f"u:{cast.bob}", "kind": "text", "content": words["hold"], "cid": "mine"}
    held = await alice.call("send", **text)
    assert set(held) == {"id", "time"}
    assert await alice.call("send", **text) == held
    assert await bob.receives_nothing()
    release = f"from chat.services.held_messages import release; print(release({held['id']}))"
    released = int(await asyncio.to_thread(here.run_python, release))
    assert released > held["id"]
    for device, cid in ((alice, "mine"), (bob, None)):
        event = await device.event()
        assert (event["id"], event["content"], event.get("cid")) == (released, words["hold"], cid)


@pytest.mark.promise("json-54")
async def test_moderation_rules_check_the_name_of_a_location(
    cast: Cast, alice: Device, bob: Device, words: dict[str, str]
) -> None:
    place = {"to": f"u:{cast.bob}", "kind": "location", "content": "31.2,121.4"}
    for word in words.values():
        for field in ("name", "address"):
            assert await alice.refusal("send", place={field: f"at {word}"}, **place) == NOT_ALLOWED, word
    await alice.call("send", place={"name": "innocent"}, **place)
    assert (await bob.event())["place"]["name"] == "innocent"


@pytest.mark.promise("json-88")
async def test_moderation_rules_check_poll_options(
    cast: Cast, alice: Device, bob: Device, words: dict[str, str]
) -> None:
    poll = {"to": f"u:{cast.bob}", "kind": "poll", "content": "Where?"}
    for word in words.values():
        assert await alice.refusal("send", poll={"options": ["Here", f"at {word}"]}, **poll) == NOT_ALLOWED, (
            word
        )
    await alice.call("send", poll={"options": ["Here", "There"]}, **poll)
    assert (await bob.event())["content"] == "Where?"
