"""Authors edit and recall for `limits.recall` seconds. Owner and admins of a group recall at any time."""

import asyncio

import pytest

from testkit.device import Device, Error
from tests.json.asking import patch
from tests.json.conftest import Cast
from tests.json.places import Place, Places
from tests.support.axes import ANYWHERE
from tests.support.calls import add

NOT_ALLOWED = Error(403, "not_allowed")
SECONDS = 2


@pytest.fixture(params=ANYWHERE)
def place(request: pytest.FixtureRequest, places: Places) -> Place:
    return places.at(request.param, IM66_RECALL_SECONDS=str(SECONDS))


async def too_late() -> None:
    """Return when nothing that was sent until now may be recalled. Times are whole seconds."""
    await asyncio.sleep(SECONDS + 1.1)


async def test_an_author_edits_and_recalls_in_time(cast: Cast, alice: Device, bob: Device) -> None:
    assert alice.welcome["limits"]["recall"] == SECONDS
    target = await alice.text(f"u:{cast.bob}", "helo")
    await alice.call("edit", target=target, content="hello")
    await alice.call("recall", target=target)
    assert [event["ev"] for event in await bob.events(3)] == ["message", "edited", "recalled"]


@pytest.mark.promise("json-13")
async def test_too_late_for_the_author(cast: Cast, alice: Device, bob: Device) -> None:
    target = await alice.text(f"u:{cast.bob}", "helo")
    await too_late()
    assert await alice.refusal("edit", target=target, content="hello") == NOT_ALLOWED
    assert await alice.refusal("recall", target=target) == NOT_ALLOWED
    assert (await bob.event())["id"] == target
    assert await bob.hears_nothing()
    await alice.call("react", target=target, emoji="👍")
    assert (await bob.event())["ev"] == "reaction"


@pytest.mark.promise("json-13")
async def test_not_for_the_owner_and_the_admins_of_a_group(
    place: Place, cast: Cast, group: str, alice: Device, bob: Device, charlie: Device
) -> None:
    to = f"g:{group}"
    await add(place.here, group, cast.charlie)
    await charlie.event()
    rude, ruder = [await charlie.text(to, content) for content in ("rude", "ruder")]
    mine = await alice.text(to, "mine")
    await too_late()
    await bob.events(4)
    for target in (rude, ruder):
        assert await charlie.refusal("recall", target=target) == NOT_ALLOWED
        assert await bob.refusal("recall", target=target) == NOT_ALLOWED
    assert await alice.refusal("edit", target=mine, content="still mine") == NOT_ALLOWED
    assert await bob.hears_nothing()
    for target in (rude, mine):
        await alice.call("recall", target=target)
    await patch(place.here, cast.alice, f"groups/{group}/members/{cast.bob}", role="admin")
    *recalled, made_admin = await bob.events(3)
    assert [(event["ev"], event["target"]) for event in recalled] == [("recalled", rude), ("recalled", mine)]
    assert made_admin["roles"] == {cast.bob: "admin"}
    await bob.call("recall", target=ruder)
    *_, last = await charlie.events(5)
    assert (last["ev"], last["target"], last["from"]) == ("recalled", ruder, cast.bob)
