"""Many changes at once of what all have seen, to two processes if there are two."""

import asyncio

from testkit.server import Server
from tests.api.over_the_network.conftest import on_all_places
from tests.support.api import Remote

AT_ONCE = 12


@on_all_places
async def test_if_match_admits_one_of_simultaneous_changes(
    alice: Remote, there: Server, people: None
) -> None:
    group = (await alice.post("groups", name="Tagged")).body["id"]
    paths = {f"groups/{group}": "name", "me": "nickname", f"conversations/g:{group}": "draft"}
    for path, field in paths.items():
        tag = (await alice.get(path)).headers["ETag"]
        doors = [alice.showing(If_Match=tag), alice.at(there).showing(If_Match=tag)]
        calls = (doors[n % 2].patch(path, **{field: f"of {n}"}) for n in range(AT_ONCE))
        answers = await asyncio.gather(*calls)
        statuses = sorted(answer.status for answer in answers)
        assert statuses == [200] + [412] * (AT_ONCE - 1), path
        (done,) = [answer for answer in answers if answer.status == 200]
        assert (await alice.get(path)).body[field] == done.body[field]
