"""`reports`: a message, a person or a group is reported to the moderators."""

import pytest

from testkit.server import Server
from tests.api.over_the_network.shapes import NOTHING
from tests.support.api import Remote


@pytest.fixture
async def message(group: str, bob: Remote) -> int:
    """That Bob has written to the group."""
    sent = await bob.post(f"conversations/g:{group}/messages", kind="text", content="buy gold")
    return int(sent.said["id"])


async def test_messages_people_and_groups_are_reported(
    group: str, message: int, alice: Remote, bob: Remote, desk: Remote, there: Server
) -> None:
    for given in (
        {"message": message, "category": "spam", "note": "again\nand again"},
        {"user": bob.userid, "category": "abuse"},
        {"group": group, "category": "other"},
    ):
        assert (await alice.post("reports", **given)).outcome == NOTHING
    queue = (await desk.at(there).get("moderation/reports", limit=100)).said["items"]
    targets = [f"m:{message}", f"u:{bob.userid}", f"g:{group}"]
    assert [one["target"] for one in queue if one["target"] in targets] == targets


async def test_too_many_in_a_while_are_counted_by_both_processes(
    message: int, group: str, alice: Remote, bob: Remote, charlie: Remote, there: Server
) -> None:
    other = alice.at(there)
    assert (await alice.post("reports", user=bob.userid, category="spam")).status == 204
    assert (await other.post("reports", message=message, category="spam")).status == 204
    assert (await alice.post("reports", group=group, category="spam")).status == 204
    answer = await other.post("reports", user=charlie.userid, category="spam")
    assert answer.failed == (429, "too_fast")
    assert 0 < int(answer.headers["Retry-After"]) <= 1200
