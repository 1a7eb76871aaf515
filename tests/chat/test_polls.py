"""The kind `poll`: which polls there are, how each client gets one, and who votes how."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from accounts.authentication.authentication import Person
from accounts.codes import Cause, Failed, Name
from chat.failures import failure_of
from chat.protocol.bounds import Limits
from chat.protocol.commands import Amend, CommandRequest, Send
from chat.protocol.events import Results
from chat.protocol.json_commands import decode
from chat.protocol.json_events import event_text
from chat.protocol.legacy import LegacyCodec
from chat.protocol.replies import Reply
from chat.protocol.shipped import Guard
from chat.reading import pages, results
from chat.reading.pages import ConversationReader, CurrentMessage
from chat.reading.results import live_results
from chat.reading.shapes import shown_message
from chat.services import amending, blocks, erasing, text_responses
from chat.services.plans import run_in_thread
from chat.services.sending import Caller
from groups import services
from log.appending import Draft, append
from log.models import ARE_MESSAGES, Group, Message
from log.rejections import Rejection
from log.rows import CLOSING, EDIT, RECALL, RESPONSE, Entry, LogId, Recipient
from log.stored_rows import ROW_FIELDS, as_row
from notifications.models import Delivery
from notifications.serializing import payloads_of
from tests.support.api import Api

KEPT = "Where do we eat?\n1. Here\n2. There"


def sent(content: str = "Where do we eat?", **poll: Any) -> Send | Reply:
    fields = {"cmd": "send", "id": 1, "to": "g:10", "kind": "poll", "content": content, "poll": poll or None}
    request = decode(json.dumps(fields), Limits())
    if isinstance(request, Reply):
        return request
    assert isinstance(request, CommandRequest)
    assert isinstance(request.command, Send)
    return request.command


def entry() -> Entry:
    command = sent(options=["Here", " There\n"], anonymous=True)
    assert isinstance(command, Send)
    return Entry(7, "poll", "alice", 10, command.content, "", 9, details=command.details)


def test_the_log_keeps_question_and_answers_as_lines() -> None:
    assert entry().content == KEPT


@pytest.mark.parametrize(
    "poll",
    [
        {},
        {"options": ["one"]},
        {"options": ["same", "same "]},
        {"options": [" ", "two"]},
        {"options": ["a" * 101, "two"]},
        {"options": [str(one) for one in range(11)]},
        {"options": ["one", "two"], "until": 1},
    ],
)
def test_invalid_poll_is_refused(poll: dict[str, Any]) -> None:
    assert isinstance(sent(**poll), Reply)
    assert isinstance(sent("", options=["one", "two"]), Reply)


def test_newer_clients_get_the_question_and_the_poll() -> None:
    data = json.loads(event_text(entry(), is_own=False) or "")
    poll = {"options": ["Here", "There"], "multiple": False, "anonymous": True}
    assert (data["content"], data["poll"]) == ("Where do we eat?", poll)


def test_shipped_apps_get_a_text_with_numbers() -> None:
    assert (
        LegacyCodec(lambda member, base: "", guard=Guard()).encode(entry())
        == f"text_alice_{KEPT}_group_10_9_"
    )


def vote(*options: int) -> str:
    return json.dumps({"poll": list(options)}, separators=(",", ":"))


@pytest.fixture
def ask(group: Group) -> Callable[..., LogId]:
    """Alice asks in the group, or Bob."""

    def sent_there(to: Recipient = group.pk, sender: str = "alice", **poll: Any) -> LogId:
        command = sent(**{"options": ["Here", "There", "Home"], **poll})
        assert isinstance(command, Send)
        return append([Draft("poll", sender, to, command.content, "", details=command.details)]).batch.last

    return sent_there


def amend(userid: str, target: LogId, content: str, kind: str = RESPONSE, cid: str | None = None) -> LogId:
    """As a call does it. Raises CommandRefused."""
    person = Person(userid, muted=False, delivered_id=0)
    return run_in_thread(amending.amend(Caller(person, "1.2.3.4"), Amend(kind, target, content, cid=cid))).id


def refused(*asked: Any, **more: Any) -> Name:
    with pytest.raises(Failed) as raised:
        amend(*asked, **more)
    return failure_of(raised.value).name


def close(userid: str, target: LogId) -> LogId:
    return amend(userid, target, '{"poll":true}', CLOSING)


def shown(userid: str, peer: Recipient) -> dict[str, Any]:
    (item,) = [
        one
        for one in pages.latest_page(ConversationReader(userid, peer), 9).items
        if isinstance(one, CurrentMessage)
    ]
    event: dict[str, Any] = getattr(shown_message(item, userid), "poll")  # noqa: B009
    return {name: event[name] for name in ("votes", "voters", "mine", "closed") if name in event}


def test_vote_replaces_the_last_one_and_can_be_taken_back(group: Group, ask: Callable[..., LogId]) -> None:
    poll = ask()
    first = amend("bob", poll, vote(1))
    assert amend("bob", poll, vote(1)) == first
    assert shown("alice", group.pk) == {"votes": [0, 1, 0], "voters": [[], ["bob"], []], "closed": False}
    amend("bob", poll, vote(0))
    amend("alice", poll, vote(0))
    assert shown("bob", group.pk) == {
        "votes": [2, 0, 0],
        "voters": [["bob", "alice"], [], []],
        "mine": [0],
        "closed": False,
    }
    amend("bob", poll, vote())
    assert shown("bob", group.pk)["votes"] == [1, 0, 0]
    assert shown("bob", group.pk)["mine"] == []


def test_vote_for_several_options_counts_for_each(group: Group, ask: Callable[..., LogId]) -> None:
    poll = ask(multiple=True)
    amend("bob", poll, vote(0, 2))
    amend("alice", poll, vote(2))
    assert shown("bob", group.pk)["votes"] == [1, 0, 2]


def test_anonymous_poll_names_no_voters(group: Group, ask: Callable[..., LogId]) -> None:
    poll = ask(anonymous=True)
    amend("bob", poll, vote(1))
    assert shown("alice", group.pk) == {"votes": [0, 1, 0], "closed": False}
    assert shown("bob", group.pk)["mine"] == [1]
    row = as_row(*Message.objects.filter(kind=RESPONSE).values_list(*ROW_FIELDS).get())
    assert event_text(row, is_own=False) is None
    assert "bob" not in str(live_results(poll, None))
    delivery = Delivery(event="poll.changed", log_id=row.id, body="")
    (event,) = payloads_of([delivery], with_text=True).values()
    assert event == {
        "id": row.id,
        "from": "alice",
        "to": f"g:{group.pk}",
        "message": poll,
        "poll": {"votes": [0, 1, 0], "closed": False},
    }


@pytest.mark.parametrize("options", [(3,), (0, 1)])
def test_a_vote_is_for_options_that_there_are(ask: Callable[..., LogId], options: tuple[int, ...]) -> None:
    assert refused("bob", ask(), vote(*options)) is Name.INVALID


@pytest.mark.parametrize("options", [[-1], [10], [0.5], ["0"], [True], [0] * 11, None, 0, [[0]]])
def test_a_vote_is_a_short_list_of_indexes(options: Any) -> None:
    frame = json.dumps({"cmd": "vote", "id": 1, "target": 1, "options": options})
    assert isinstance(decode(frame, Limits()), Reply)


def test_muted_blocked_and_removed_people_cannot_vote(group: Group, ask: Callable[..., LogId]) -> None:
    poll = ask()
    assert refused("charlie", poll, vote(0)) is Name.NOT_FOUND
    services.set_quiet(group.pk, True)
    amend("bob", poll, vote(0))
    services.mute_member(group.pk, "bob", None, "")
    assert refused("bob", poll, vote(1)) is Name.MUTED
    services.unmute_member(group.pk, "bob")
    services.remove_members(group.pk, ["bob"])
    assert refused("bob", poll, vote(1)) is Name.NOT_ALLOWED
    between = ask("bob")
    blocks.block("alice", "bob")
    assert refused("bob", between, vote(1)) is Name.BLOCKED


def test_a_recalled_poll_and_other_messages_take_no_votes(group: Group, ask: Callable[..., LogId]) -> None:
    poll = ask()
    append([Draft(RECALL, "alice", group.pk, "", "", target=poll)])
    assert refused("bob", poll, vote(0)) is Name.NOT_FOUND
    text = append([Draft("text", "alice", group.pk, "hi", "")]).batch.last
    assert refused("bob", text, vote(0)) is Name.INVALID
    assert refused("alice", ask(), "other", EDIT) is Name.INVALID


def test_author_and_managers_close(group: Group, ask: Callable[..., LogId]) -> None:
    services.add_members(group.pk, ["charlie"])
    poll = ask(sender="bob")
    amend("bob", poll, vote(0), cid="mine")
    assert refused("charlie", poll, '{"poll":true}', CLOSING) is Name.NOT_ALLOWED
    closed = close("alice", poll)
    assert close("bob", poll) == closed
    assert shown("bob", group.pk)["closed"] is True
    assert refused("bob", poll, vote(1)) is Name.CONFLICT
    between = ask("bob")
    assert refused("bob", between, '{"poll":true}', CLOSING) is Name.NOT_ALLOWED
    close("alice", between)


def test_a_vote_that_passes_another_process_that_closes_does_not_count(
    group: Group, ask: Callable[..., LogId]
) -> None:
    poll = ask()
    close("alice", poll)
    (outcome,) = append([Draft(RESPONSE, "bob", group.pk, vote(0), "", target=poll)]).outcomes
    assert outcome == Rejection(Cause.CLOSED)


def test_a_repeated_vote_is_answered_as_the_first_when_the_poll_is_over(
    group: Group, ask: Callable[..., LogId], monkeypatch: pytest.MonkeyPatch
) -> None:
    poll = ask(until=int(time.time()) + 60)
    first = amend("bob", poll, vote(0), cid="one")
    last = amend("bob", poll, vote(1), cid="two")
    monkeypatch.setattr("chat.services.responding.time.time", lambda: 9e9)
    assert amend("bob", poll, vote(0), cid="one") == first
    assert amend("bob", poll, vote(1)) == last
    assert refused("bob", poll, vote(2)) is Name.CONFLICT


def test_votes_are_no_messages(group: Group, ask: Callable[..., LogId]) -> None:
    amend("bob", ask(), vote(0))
    assert shown("alice", group.pk)["votes"] == [1, 0, 0]
    assert not Message.objects.filter(ARE_MESSAGES, kind=RESPONSE).exists()


def test_returning_device_gets_each_polls_results_once(group: Group, ask: Callable[..., LogId]) -> None:
    poll = ask()
    services.add_members(group.pk, ["charlie"])
    for options in (0, 1, 2):
        last = amend("bob", poll, vote(options))
    rows, _ = results.mirrored_backlog("alice", poll, last, 99)
    (result,) = [row for row in rows if isinstance(row, Results)]
    event = {"votes": [0, 0, 1], "voters": [[], [], ["bob"]], "closed": False}
    assert result == Results(last, f"g:{group.pk}", poll, "poll", event)
    # Who came after the poll cannot read it.
    rows, _ = results.mirrored_backlog("charlie", 0, last, 99)
    assert not [row for row in rows if isinstance(row, Results)]


def test_votes_of_an_erased_person_do_not_count(group: Group, ask: Callable[..., LogId]) -> None:
    poll = ask()
    amend("bob", poll, vote(0))
    amend("bob", poll, vote(1))
    list(erasing.erase_written("bob"))
    assert shown("alice", group.pk)["votes"] == [0, 0, 0]
    assert set(Message.objects.filter(kind=RESPONSE).values_list("content", flat=True)) == {""}


def say(text: str, to: Recipient) -> None:
    """By Bob, in a shipped app."""
    command = Send("text", to, text, "")
    if text_responses.is_only_numbers(command):
        run_in_thread(text_responses.respond("bob", command, ""))


def test_a_number_of_a_shipped_app_is_a_vote(group: Group, ask: Callable[..., LogId]) -> None:
    ask()
    for text, options in {
        "2": [1],
        "3": [2],
        "0": [2],
        "4": [2],
        "1 2": [2],
        "2 of us": [2],
        "2.": [2],
    }.items():
        say(text, group.pk)
        assert shown("bob", group.pk)["mine"] == options
    poll = ask(multiple=True)
    say("1, 3", group.pk)
    assert Message.objects.get(target=poll).content == vote(0, 2)


def test_number_long_after_a_poll_is_no_vote(group: Group, ask: Callable[..., LogId]) -> None:
    ask()
    for _ in range(text_responses.MAX_MESSAGES_BACK):
        append([Draft("text", "alice", group.pk, "hi", "")])
    say("1", group.pk)
    assert not Message.objects.filter(kind=RESPONSE).exists()


def path_of(poll: LogId, group: Group) -> str:
    return f"conversations/g:{group.pk}/messages/{poll}/votes"


def test_api_members_vote_and_read_results(group: Group) -> None:
    alice, bob, charlie = Api("alice"), Api("bob"), Api("charlie")
    there = f"conversations/g:{group.pk}/messages"
    poll = {"options": ["Here", "There", "Home"], "multiple": True}
    path = path_of(alice.post(there, kind="poll", content="Where?", poll=poll).body["id"], group)
    voted = bob.put(path, options=[2, 0])
    assert bob.put(path, options=[0, 2]).outcome == voted.outcome
    alice.put(path, options=[2])
    event = {"votes": [1, 0, 2], "voters": [["bob"], [], ["bob", "alice"]], "closed": False}
    assert bob.get(path).body == {**event, "mine": [0, 2]}
    (item,) = bob.get(there).body["items"]
    assert item["poll"] == {**poll, "anonymous": False, **event, "mine": [0, 2]}
    assert bob.delete(path).status == 200
    assert bob.get(path).body["votes"] == [0, 0, 1]
    for answer in (charlie.get(path), charlie.put(path, options=[0])):
        assert answer.status == 404


@pytest.mark.parametrize("options", [[3], [-1], [0.5], ["0"], "0", None, [0] * 11])
def test_api_vote_rejects_invalid_option_indexes(
    group: Group, ask: Callable[..., LogId], options: object
) -> None:
    assert Api("bob").put(path_of(ask(), group), options=options).failed == (400, "invalid")


def test_api_closed_poll_takes_no_votes(group: Group, ask: Callable[..., LogId]) -> None:
    path, alice, bob = path_of(ask(), group), Api("alice"), Api("bob")
    assert bob.post(f"{path}/close").failed == (403, "not_allowed")
    closed = alice.post(f"{path}/close")
    assert (closed.status, alice.post(f"{path}/close").body) == (200, closed.body)
    assert bob.put(path, options=[0]).failed == (409, "conflict")
    assert bob.get(path).body["closed"] is True
