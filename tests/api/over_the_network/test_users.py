"""`users` and `users/<userid>`: what everybody may know of everybody."""

from testkit.server import Server
from tests.api.over_the_network.shapes import listed, person
from tests.support.api import Remote


async def test_everybody_sees_nicknames(people: None, alice: Remote, bob: Remote, there: Server) -> None:
    await alice.patch("me", nickname="Ally")
    said = person(there, alice.userid, "Ally")
    assert (await bob.get(f"users/{alice.userid}")).outcome == (200, said)
    ids = f"{alice.userid},nobody,{bob.userid}"
    assert (await bob.get("users", ids=ids)).outcome == listed(said, person(there, bob.userid))


async def test_by_a_part_of_a_nickname(people: None, alice: Remote, bob: Remote, there: Server) -> None:
    nickname = f"the one {alice.userid} the only"
    await alice.patch("me", nickname=nickname)
    found = await bob.get("users", q=f"{alice.userid} the")
    assert found.outcome == listed(person(there, alice.userid, nickname))
