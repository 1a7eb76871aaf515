"""Whether members of a group may read what was written before they joined it: the group decides."""

from typing import Any

import pytest

from chat.protocol.commands import QueryRecords
from chat.readers.reader import step
from chat.readers.search_index import SearchIndex
from chat.reading import history, selectors
from chat.reading.latecomers import earlier_readers
from groups import services
from log import appending, positions
from log.appending import Draft
from log.models import Group
from log.rows import EDIT, REACTION, RECALL, Entry, Latecomers
from tests.api.over_the_network.shapes import NO_SUCH_GROUP
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE

NOTHING: list[int] = []
END = 2**63 - 1


def say(sender: str, to: int, content: str, **more: Any) -> int:
    return appending.append([Draft("text", sender, to, content, "", **more)]).batch.last


@pytest.fixture
def path(group: Group) -> str:
    return f"conversations/g:{group.pk}"


@pytest.fixture
def early(group: Group) -> int:
    """A message from before Charlie joins, who was in the group once before it, and has not read what was
    written then."""
    services.add_members(group.pk, [CHARLIE])
    say(ALICE, group.pk, "once")
    services.remove_members(group.pk, [CHARLIE])
    early = say(ALICE, group.pk, "early")
    appending.append([Draft(EDIT, ALICE, group.pk, "earlier", "", target=early)])
    services.add_members(group.pk, [CHARLIE])
    index = SearchIndex()
    while (step(index) or 0) < positions.last_id():
        pass
    return early


def seen(reader: Api, path: str, group: Group, early: int) -> dict[str, bool]:
    """Where the person finds the message."""

    def lists(answer: Any) -> bool:
        return early in [one["id"] for one in answer.body["items"]]

    records, _ = history.page(reader.userid, QueryRecords(0, user=None, group=group.pk), None)
    return {
        "page": lists(reader.get(f"{path}/messages")),
        "first page": lists(reader.get(f"{path}/messages", after=0)),
        "around": lists(reader.get(f"{path}/messages", around=early)),
        "search": lists(reader.get("messages/search", q="earlier")),
        "records_": early in [entry.id for entry in records.entries],
        "list": (reader.get(path).body["last"] or {}).get("id") == early,
        "reply": selectors.readable_message(reader.userid, early) is not None,
        "changes": (early, reader.userid) in earlier_readers([Latecomers(group.pk, early, (reader.userid,))]),
    }


def test_newcomers_see_earlier_messages_if_the_group_allows_it(
    alice: Api, charlie: Api, group: Group, path: str, early: int
) -> None:
    nowhere = seen(charlie, path, group, early)
    assert not any(nowhere.values()), nowhere
    assert alice.patch(f"groups/{group.pk}", history="all").body["history"] == "all"
    everywhere = seen(charlie, path, group, early)
    assert all(everywhere.values()), everywhere
    (result,) = [one for one in charlie.get(f"{path}/messages").body["items"] if one["id"] == early]
    assert (result["content"], charlie.get(path).body["unread"]) == ("earlier", 1)
    contents = [one["content"] for one in charlie.get(f"{path}/messages", after=0).body["items"]]
    assert contents == ["once", "earlier"]
    alice.patch(f"groups/{group.pk}", history="joined")
    assert seen(charlie, path, group, early) == nowhere


def test_earlier_messages_are_not_pushed_and_are_lost_at_removal(
    alice: Api, charlie: Api, group: Group, path: str, early: int
) -> None:
    alice.patch(f"groups/{group.pk}", history="all")
    for backlog in (selectors.backlog, selectors.mirrored_backlog):
        sent = backlog(CHARLIE, 0, END, 100)[0]
        assert [row.content for row in sent if isinstance(row, Entry)] == ["once"]
    appending.append([Draft(REACTION, BOB, group.pk, "👍", "", target=early)])
    assert seen(charlie, path, group, early)["page"]
    alice.delete(f"groups/{group.pk}/members/{CHARLIE}")
    assert selectors.readable_message(CHARLIE, early) is None
    assert charlie.get("messages/search", q="earlier").body["items"] == NOTHING
    assert charlie.get(f"{path}/messages").failed == (404, "not_found")


def test_newcomers_get_amendments_of_messages_they_may_read(alice: Api, group: Group, early: int) -> None:
    alice.patch(f"groups/{group.pk}", history="all")
    for kind, content in ((EDIT, "now"), (REACTION, "👍"), (RECALL, "")):
        (row,) = appending.append([Draft(kind, ALICE, group.pk, content, "", target=early)]).batch.rows
        events = [one.id for one in selectors.mirrored_backlog(CHARLIE, row.id - 1, END, 100)[0]]
        assert events == [row.id], kind


def test_only_owners_and_admins_set_history_visibility(
    alice: Api, bob: Api, charlie: Api, group: Group
) -> None:
    path = f"groups/{group.pk}"
    assert bob.patch(path, history="all").failed == (403, "not_allowed")
    assert charlie.patch(path, history="all").outcome == NO_SUCH_GROUP
    assert alice.patch(path, history="some").failed == (400, "invalid")
    assert bob.get(path).body["history"] == "joined"
