"""Many requests with the same Idempotency-Key at once, to two processes if there are two."""

import asyncio
from collections import Counter

from testkit.server import Server
from tests.api.over_the_network.conftest import on_all_places
from tests.support.api import Remote

AT_ONCE = 20


@on_all_places
async def test_simultaneous_posts_with_one_key_run_once(alice: Remote, there: Server, people: None) -> None:
    keyed = alice.showing(Idempotency_Key='"one"')
    doors = [keyed, keyed.at(there).showing(Idempotency_Key='"one"')]
    answers = await asyncio.gather(*(doors[n % 2].post("groups", name="Once") for n in range(AT_ONCE)))
    statuses = Counter(answer.status for answer in answers)
    assert statuses[201] >= 1
    assert statuses.keys() <= {201, 409}
    assert len({answer.body["id"] for answer in answers if answer.status == 201}) == 1
    again = await keyed.post("groups", name="Once")
    assert again.outcome in [answer.outcome for answer in answers]
    listed = await alice.get("conversations", q="Once")
    assert len(listed.body["items"]) == 1
