"""The calls of the desk: what they take, and what they answer."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from log import appending
from log.appending import Draft
from log.models import Group
from log.rows import EDIT, LogId, Recipient
from moderation.models import AuditEntry
from moderation.reports import filing
from moderation.roles import ADMINISTRATOR
from tests.api.over_the_network.shapes import NOT_THERE, error, invalid
from tests.support.api import Answer, Api
from tests.support.moderators import REASON, last_entry, staff
from tests.support.settings import override
from tests.support.tokens import SECRET

pytestmark = pytest.mark.django_db

LATER = 4_000_000_000
INVALID, NOT_FOUND, CONFLICT = (400, "invalid"), (404, "not_found"), (409, "conflict")


@pytest.fixture
def desk(group: Group, settings: Settings) -> Api:
    override(settings, auth="token", token_secret=SECRET)
    return Api(staff("administrator", ADMINISTRATOR).pk, has_token=True)


def write(sender: str, to: Recipient, content: str = "hello") -> LogId:
    return appending.append([Draft("text", sender, to, content, "{}")]).batch.last


def act(desk: Api, path: str, action: str, **more: Any) -> Answer:
    return desk.post(f"moderation/{path}", action=action, reason=REASON, **more)


def wrong(answer: Answer) -> list[str]:
    assert answer.failed == INVALID
    return list(answer.body["error"]["fields"])


def test_desk_action_returns_its_audit_entry(desk: Api) -> None:
    answer = act(desk, "users/bob", "mute", until=LATER)
    entry = last_entry()
    assert answer.body == {"id": entry.log_id, "entry": entry.pk}
    assert entry.details["until"] == LATER


def test_desk_api_shows_person(desk: Api, group: Group) -> None:
    filing.file_report("alice", "u:bob", "spam", "")
    act(desk, "users/bob", "mute", until=LATER, group=str(group.pk))
    act(desk, "users/bob", "ban")
    assert desk.get("moderation/users/bob").body == {
        "userid": "bob",
        "nickname": "",
        "avatar": "http://testserver/static/im66/avatar.png",
        "muted": False,
        "muted_until": None,
        "banned": True,
        "banned_until": None,
        "reason": REASON,
        "muted_in": [{"group": str(group.pk), "until": LATER}],
        "strikes": 0,
        "reports_about": 1,
        "reports_by": 0,
    }
    assert desk.get("moderation/users/alice").body["reports_by"] == 1
    for userid in ("nobody", "a_b"):
        assert desk.get(f"moderation/users/{userid}").outcome == NOT_THERE
        assert act(desk, f"users/{userid}", "warn").outcome == NOT_THERE


def test_desk_api_performs_every_person_action(desk: Api) -> None:
    for action in ("warn", "mute", "unmute", "ban", "unban", "disconnect"):
        assert act(desk, "users/bob", action).body["id"] > 0
    assert act(desk, "users/bob", "unmute").body["id"] is None
    assert User.objects.get(pk="bob").is_active


def test_recent_messages_counts_what_a_ban_would_recall(desk: Api) -> None:
    write("bob", "alice")
    assert desk.get("moderation/users/bob/recent", hours=1).body == {"count": 1, "more": False}
    assert wrong(desk.get("moderation/users/bob/recent")) == ["hours"]
    act(desk, "users/bob", "ban", recall_hours=1)
    assert desk.get("moderation/users/bob/recent", hours=1).body == {"count": 0, "more": False}


def test_invalid_moderation_action_names_the_field(desk: Api, group: Group) -> None:
    of_bob, of_message = "users/bob", f"messages/{write('bob', group.pk)}"
    needed, blank, hours = (
        "This field is required.",
        "This field may not be blank.",
        "Ensure this value is ",
    )
    mute, ban = {"action": "mute"}, {"action": "ban"}
    wrong: list[tuple[str, dict[str, Any], str, str]] = [
        (of_bob, {"action": "kill"}, "action", '"kill" is not a valid choice.'),
        (of_bob, {**mute, "reason": ""}, "reason", blank),
        (of_bob, {**mute, "reason": "  "}, "reason", "Give a reason."),
        (
            of_bob,
            {**mute, "reason": "x" * 1001},
            "reason",
            "Ensure this field has no more than 1000 characters.",
        ),
        (of_bob, {**mute, "until": 1}, "until", "This time is past."),
        (of_bob, {**mute, "until": "tomorrow"}, "until", "A valid integer is required."),
        (
            of_bob,
            {**mute, "until": 10**12},
            "until",
            "Ensure this value is less than or equal to 253402300799.",
        ),
        (of_bob, {**mute, "group": "x"}, "group", "Not a group's id."),
        (of_bob, {**ban, "recall_hours": -1}, "recall_hours", f"{hours}greater than or equal to 0."),
        (of_bob, {**ban, "recall_hours": 721}, "recall_hours", f"{hours}less than or equal to 720."),
        (of_message, {"action": "burn"}, "action", '"burn" is not a valid choice.'),
    ]
    for path, value, field, reason in wrong:
        answer = desk.post(f"moderation/{path}", **{"reason": REASON, **value})
        assert answer.outcome == invalid(field, reason), value
    for path, action in ((of_bob, "mute"), (of_message, "recall"), ("audit/1", "undo")):
        answer = desk.post(f"moderation/{path}", action=action)
        assert answer.outcome == invalid("reason", needed), path
    assert not AuditEntry.objects.exists()


def test_desk_api_shows_group(desk: Api, group: Group) -> None:
    path = f"groups/{group.pk}"
    act(desk, path, "mute")
    act(desk, path, "slow", seconds=30)
    act(desk, path, "keep", days=None)
    act(desk, path, "keep", days=30)
    body = desk.get(f"moderation/{path}").body
    assert body == {
        "id": str(group.pk),
        "name": group.name,
        "notice": "",
        "picture": "http://testserver/static/im66/group.jpg",
        "creator": "alice",
        "owners": ["alice"],
        "members": 2,
        "muted": True,
        "slow": 30,
        "keep_days": 30,
        "dissolved": None,
    }
    for number in ("0", "x", str(10**6)):
        assert desk.get(f"moderation/groups/{number}").outcome == NOT_THERE
        assert act(desk, f"groups/{number}", "mute").outcome == NOT_THERE


def test_desk_api_shows_and_restores_dissolved_group(desk: Api, group: Group) -> None:
    path = f"groups/{group.pk}"
    act(desk, path, "dissolve")
    body = desk.get(f"moderation/{path}").body
    assert body["dissolved"] > 0
    assert (body["owners"], body["members"]) == ([], 0)
    assert act(desk, path, "mute").failed == NOT_FOUND
    act(desk, path, "restore")
    assert desk.get(f"moderation/{path}").body["members"] == 2


def test_group_action_without_required_field_is_rejected(desk: Api, group: Group) -> None:
    path, needed = f"groups/{group.pk}", "This field is required."
    for action, field in (
        ("slow", "seconds"),
        ("keep", "days"),
        ("handover", "userid"),
        ("add", "userids"),
        ("remove", "userids"),
    ):
        assert act(desk, path, action).outcome == invalid(field, needed)
    assert act(desk, path, "sink").outcome == invalid("action", '"sink" is not a valid choice.')
    reason = "Ensure this value is greater than or equal to 0."
    assert act(desk, path, "slow", seconds=-1).outcome == invalid("seconds", reason)
    assert desk.post(f"moderation/{path}", action="mute").outcome == invalid("reason", needed)
    assert act(desk, path, "edit").failed == INVALID
    assert act(desk, path, "handover", userid="charlie").failed == NOT_FOUND
    assert act(desk, path, "add", userids=["nobody"]).failed == NOT_FOUND


def test_desk_api_shows_message_in_context(desk: Api, group: Group) -> None:
    first, second = write("bob", group.pk, "first"), write("alice", group.pk, "second")
    appending.append([Draft(EDIT, "alice", group.pk, "edited", "", target=second)])
    act(desk, f"messages/{first}", "recall")
    items = desk.get(f"moderation/messages/{first}").body["items"]
    times = [item.pop("time") for item in items]
    assert times == sorted(times)
    to = f"g:{group.pk}"
    assert items == [
        {
            "id": first,
            "from": "bob",
            "to": to,
            "kind": "text",
            "content": "first",
            "extension": "{}",
            "edited": False,
            "recalled": "moderator",
        },
        {
            "id": second,
            "from": "alice",
            "to": to,
            "kind": "text",
            "content": "edited",
            "extension": "{}",
            "edited": True,
        },
    ]
    act(desk, f"messages/{first}", "erase")
    erased = desk.get(f"moderation/messages/{first}").body["items"][0]
    assert (erased["content"], erased["recalled"]) == ("", "erased")


def test_desk_api_needs_reason_for_private_message(desk: Api) -> None:
    private = write("bob", "alice")
    assert wrong(desk.get(f"moderation/messages/{private}")) == ["reason"]
    (item,) = desk.get(f"moderation/messages/{private}", reason=REASON).body["items"]
    assert (item["from"], item["to"]) == ("bob", "u:alice")
    assert last_entry().action == "private.read"


def test_moderating_unknown_message_gets_404(desk: Api) -> None:
    assert desk.get("moderation/messages/1000000").outcome == NOT_THERE
    for action in ("recall", "restore", "erase", "release", "discard"):
        assert act(desk, "messages/1000000", action).outcome == NOT_THERE


def test_desk_api_lists_audit_log_in_pages(desk: Api) -> None:
    for action in ("warn", "mute", "ban"):
        act(desk, "users/bob", action)
    page = desk.get("moderation/audit", limit=2).body
    assert [item["action"] for item in page["items"]] == ["person.ban", "person.mute"]
    assert page["more"]
    rest = desk.get("moderation/audit", limit=2, before=page["items"][-1]["id"]).body
    (item,) = rest["items"]
    assert item.pop("time") > 0
    entry = AuditEntry.objects.order_by("pk").first()
    assert entry
    assert item == {
        "id": entry.pk,
        "actor": "administrator",
        "acted_for": None,
        "action": "person.warn",
        "target": "u:bob",
        "reason": REASON,
        "address": "127.0.0.1",
        "log": entry.log_id,
    }
    assert not rest["more"]
    assert len(desk.get("moderation/audit", action="person.mute").body["items"]) == 1
    assert desk.get("moderation/audit", target="u:alice").body["items"] == []
    too_many = "Ensure this value is less than or equal to 200."
    assert desk.get("moderation/audit", limit=201).outcome == invalid("limit", too_many)
    no_id = "A valid integer is required."
    assert desk.get("moderation/audit", before="x").outcome == invalid("before", no_id)


def test_desk_api_undoes_action_once(desk: Api) -> None:
    entry = act(desk, "users/bob", "mute").body["entry"]
    assert act(desk, f"audit/{entry}", "undo").body["id"] > 0
    assert not User.objects.get(pk="bob").muted
    again = act(desk, f"audit/{entry}", "undo")
    assert again.outcome == error(409, "conflict", "This is undone already.")
    assert act(desk, "audit/1000000", "undo").failed == NOT_FOUND
    warning = act(desk, "users/bob", "warn").body["entry"]
    undone = act(desk, f"audit/{warning}", "undo")
    assert undone.outcome == error(409, "conflict", "This cannot be undone.")


def test_moderator_cannot_act_on_themselves(desk: Api) -> None:
    answer = act(desk, "users/administrator", "ban")
    assert answer.outcome == error(403, "not_allowed", "You cannot do that to administrator.")


def test_desk_api_respects_group_limits(desk: Api, group: Group, settings: Settings) -> None:
    override(settings, max_group_members=2)
    assert act(desk, f"groups/{group.pk}", "add", userids=["charlie"]).failed == CONFLICT
