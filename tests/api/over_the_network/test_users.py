"""`users` and `users/<userid>`: what everybody may know of everybody."""

from testkit.server import Server
from tests.api.over_the_network.shapes import NO_SUCH_USER, invalid, listed, person
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


async def test_of_many_there_are_more(group: str, alice: Remote, bob: Remote) -> None:
    many = [f"many-{alice.userid}-{number:02}" for number in range(51)]
    assert (await alice.post(f"groups/{group}/members", userids=many)).status == 200
    found = (await bob.get("users", q=f"many-{alice.userid}-")).said
    assert ([one["userid"] for one in found["items"]], found["more"]) == (many[:50], True)


async def test_who_does_not_exist(bob: Remote) -> None:
    assert (await bob.get("users/nobody")).outcome == NO_SUCH_USER
    assert (await bob.get("users", ids="nobody")).outcome == listed()


async def test_what_is_no_question(bob: Remote) -> None:
    assert (await bob.get("users")).outcome == invalid("q", "Say whom you look for: q or ids.")
    bad = await bob.get("users", ids="a_b")
    assert bad.outcome == invalid("ids", "Holds something that is not a userid.")
