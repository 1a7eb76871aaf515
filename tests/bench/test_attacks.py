"""Every attack is well-formed: it begins when it is told to, does something, and ends."""

from collections.abc import Iterator

import pytest

from bench import attackers
from bench.apart import begin
from bench.attacks import ATTACKS
from testkit.phone import Phone
from testkit.server import Server

pytestmark = pytest.mark.slow

# What the others prepare takes longer than a test should.
QUICK = sorted({*ATTACKS} - {"slow-readers", "my-groups", "many-stays", "avatars", "videos"})
SECONDS = 0.3


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # Messages may be as large as those that some of them leave unread.
    settings = {**ATTACKS["unread-logins"].settings}
    with Server(tmp_path_factory.mktemp("attacked"), **settings) as server:
        yield server


@pytest.mark.parametrize("name", QUICK)
async def test_it_does_something_and_ends(attacked: Server, name: str) -> None:
    with attackers.attacker(name, attacked.port, SECONDS, {}) as attacker:
        await attackers.ready(attacker)
        begin(attacker)
        assert await attackers.end(attacker) > 0


async def test_the_server_outlives_them(attacked: Server) -> None:
    async with Phone(attacked.entry, "alice") as alice, Phone(attacked.entry, "bob") as bob:
        await alice.text("bob", "still here")
        assert await bob.contents(1) == ["still here"]
