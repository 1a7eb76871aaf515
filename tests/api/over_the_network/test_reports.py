"""`reports`: a message, a person or a group is reported to the moderators."""

import pytest

from testkit.server import Server
from tests.api.over_the_network.shapes import NOTHING, error, invalid
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


async def test_bad_values(message: int, group: str, alice: Remote, bob: Remote) -> None:
    for given, field, reason in (
        ({"category": "spam"}, "message", "Name one: message, user or group."),
        (
            {"user": bob.userid, "group": group, "category": "spam"},
            "message",
            "Name one: message, user or group.",
        ),
        ({"user": bob.userid}, "category", "This field is required."),
        ({"user": bob.userid, "category": "boring"}, "category", '"boring" is not a valid choice.'),
        ({"user": "a_b", "category": "spam"}, "user", "Not a userid."),
        ({"message": "1", "category": "spam"}, "message", "A valid integer is required."),
        ({"group": "01", "category": "spam"}, "group", "Not a group id."),
        ({"user": alice.userid, "category": "spam"}, "user", "You cannot report yourself."),
    ):
        assert (await alice.post("reports", **given)).outcome == invalid(field, reason)


async def test_what_one_may_not_know_is_not_there(message: int, group: str, charlie: Remote) -> None:
    for given, name in (
        ({"message": message}, "message"),
        ({"group": group}, "group"),
        ({"user": "nobody"}, "user"),
    ):
        answer = await charlie.post("reports", **given, category="spam")
        assert answer.outcome == error(404, "not_found", f"There is no such {name}.")


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
