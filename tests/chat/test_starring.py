"""What people star for themselves is found as long as they may read it, and by nobody else."""

import pytest

from chat.failures import CommandRefused
from chat.reading import pages
from chat.reading.pages import ConversationReader, CurrentMessage
from chat.services import erasing, starring
from chat.services.own_list import clear_history, hide_messages
from chat.services.starring import star, starred_by, unstar
from groups.services import remove_members
from log.appending import Draft, append
from log.models import Group, Star
from log.rows import RECALL, LogId, Recipient


def write(to: Recipient, content: str) -> LogId:
    return append([Draft("text", "alice", to, content, "")]).batch.last


def starred() -> list[str]:
    return [one.entry.content for one in starred_by("bob", None, 50).messages]


def test_starred_messages_of_all_conversations_are_found_while_one_may_read_them(group: Group) -> None:
    ids = [write("bob" if place else group.pk, f"{place}") for place in range(3)]
    ids.append(write(group.pk, "3"))
    for id_ in ids:
        assert star("bob", group.pk if id_ in (ids[0], ids[3]) else "alice", id_)
    assert not star("bob", group.pk, ids[3]), "again changes nothing"
    assert starred() == ["3", "2", "1", "0"]
    page = starred_by("bob", None, 3)
    assert page.before == ids[1]
    assert [one.entry.id for one in starred_by("bob", page.before, 3).messages] == [ids[0]]
    items = pages.latest_page(ConversationReader("bob", "alice"), 50).items
    assert [one.starred for one in items if isinstance(one, CurrentMessage)] == [True, True]
    assert starred_by("alice", None, 50).messages == []
    append([Draft(RECALL, "alice", "bob", "", "", target=ids[1])])
    assert starred() == ["3", "2", "0"]
    hide_messages("bob", "alice", [ids[2]])
    clear_history("bob", group.pk, ids[0])
    assert starred() == ["3"]
    remove_members(group.pk, ["bob"])
    assert starred() == []
    assert unstar("bob", ids[3]), "what one may read no more can be unstarred"
    assert not unstar("bob", ids[3])
    erasing.delete_personal_data("bob")
    assert not Star.objects.exists()


def test_only_what_one_may_read_there_is_starred(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    private, common = write("bob", "private"), write(group.pk, "common")
    attempts: list[tuple[str, Recipient, LogId]] = [
        ("charlie", group.pk, common),
        ("charlie", "alice", private),
        ("bob", group.pk, private),
    ]
    for userid, peer, id_ in attempts:
        with pytest.raises(CommandRefused):
            star(userid, peer, id_)
    monkeypatch.setattr(starring, "MAX_STARS", 1)
    assert star("bob", group.pk, common)
    with pytest.raises(CommandRefused):
        star("bob", "alice", private)
