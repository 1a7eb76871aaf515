"""The calls of the desk: what they take, and what they answer."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from chat import log
from chat.log import Draft
from chat.protocol.rows import EDIT, LogId, Recipient
from groups.models import Group
from moderation.models import AuditEntry
from moderation.reports import filing
from moderation.roles import ADMINISTRATOR
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
    return log.append([Draft("text", sender, to, content, "{}")]).batch.last


def act(desk: Api, path: str, action: str, **more: Any) -> Answer:
    return desk.post(f"moderation/{path}", action=action, reason=REASON, **more)


def wrong(answer: Answer) -> list[str]:
    assert answer.failed == INVALID
    return list(answer.said["error"]["fields"])


def test_an_action_answers_with_its_entry_in_the_audit_log(desk: Api) -> None:
    answer = act(desk, "users/bob", "mute", until=LATER)
    entry = last_entry()
    assert answer.said == {"id": entry.log_id, "entry": entry.pk}
    assert entry.details["until"] == LATER


def test_a_person(desk: Api, group: Group) -> None:
    filing.file("alice", "u:bob", "spam", "")
    act(desk, "users/bob", "mute", until=LATER, group=str(group.pk))
    act(desk, "users/bob", "ban")
    assert desk.get("moderation/users/bob").said == {
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
    assert desk.get("moderation/users/alice").said["reports_by"] == 1
    assert desk.get("moderation/users/nobody").failed == NOT_FOUND
    assert desk.get("moderation/users/a_b").failed == NOT_FOUND


def test_every_action_on_a_person(desk: Api) -> None:
    for action in ("warn", "mute", "unmute", "ban", "unban", "disconnect"):
        assert act(desk, "users/bob", action).said["id"] > 0
    assert act(desk, "users/bob", "unmute").said["id"] is None
    assert User.objects.get(pk="bob").is_active


def test_what_a_ban_would_recall(desk: Api) -> None:
    write("bob", "alice")
    assert desk.get("moderation/users/bob/recent", hours=1).said == {"count": 1, "more": False}
    assert wrong(desk.get("moderation/users/bob/recent")) == ["hours"]
    act(desk, "users/bob", "ban", recall_hours=1)
    assert desk.get("moderation/users/bob/recent", hours=1).said == {"count": 0, "more": False}


def test_what_is_wrong_is_told_by_name(desk: Api) -> None:
    mute, ban = {"action": "mute"}, {"action": "ban"}
    bodies_of: dict[str, list[dict[str, Any]]] = {
        "action": [{"action": "kill"}],
        "reason": [{**mute, "reason": reason} for reason in ("", "  ", "x" * 1001)],
        "until": [{**mute, "until": until} for until in (1, "tomorrow", 10**12)],
        "group": [{**mute, "group": "x"}],
        "recall_hours": [{**ban, "recall_hours": hours} for hours in (-1, 721)],
    }
    for field, bodies in bodies_of.items():
        for body in bodies:
            assert wrong(desk.post("moderation/users/bob", **{"reason": REASON, **body})) == [field], body
    assert not AuditEntry.objects.exists()


def test_a_reason_is_needed(desk: Api) -> None:
    assert wrong(desk.post("moderation/users/bob", action="mute")) == ["reason"]


def test_a_group(desk: Api, group: Group) -> None:
    path = f"groups/{group.pk}"
    act(desk, path, "mute")
    act(desk, path, "slow", seconds=30)
    act(desk, path, "keep", days=None)
    act(desk, path, "keep", days=30)
    said = desk.get(f"moderation/{path}").said
    assert said == {
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
        assert desk.get(f"moderation/groups/{number}").failed == NOT_FOUND
        assert act(desk, f"groups/{number}", "mute").failed == NOT_FOUND


def test_a_dissolved_group_is_shown_and_restored(desk: Api, group: Group) -> None:
    path = f"groups/{group.pk}"
    act(desk, path, "dissolve")
    said = desk.get(f"moderation/{path}").said
    assert said["dissolved"] > 0
    assert (said["owners"], said["members"]) == ([], 0)
    assert act(desk, path, "mute").failed == NOT_FOUND
    act(desk, path, "restore")
    assert desk.get(f"moderation/{path}").said["members"] == 2


def test_an_action_on_a_group_that_lacks_something(desk: Api, group: Group) -> None:
    path = f"groups/{group.pk}"
    for action, field in (
        ("slow", "seconds"),
        ("handover", "userid"),
        ("add", "userids"),
        ("remove", "userids"),
    ):
        assert wrong(act(desk, path, action)) == [field]
    assert act(desk, path, "edit").failed == INVALID
    assert act(desk, path, "handover", userid="charlie").failed == NOT_FOUND
    assert act(desk, path, "add", userids=["nobody"]).failed == NOT_FOUND


def test_a_message_in_its_context(desk: Api, group: Group) -> None:
    first, second = write("bob", group.pk, "first"), write("alice", group.pk, "second")
    log.append([Draft(EDIT, "alice", group.pk, "edited", "", target=second)])
    act(desk, f"messages/{first}", "recall")
    items = desk.get(f"moderation/messages/{first}").said["items"]
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
    erased = desk.get(f"moderation/messages/{first}").said["items"][0]
    assert (erased["content"], erased["recalled"]) == ("", "erased")


def test_a_private_message_is_read_for_a_reason(desk: Api) -> None:
    private = write("bob", "alice")
    assert wrong(desk.get(f"moderation/messages/{private}")) == ["reason"]
    (item,) = desk.get(f"moderation/messages/{private}", reason=REASON).said["items"]
    assert (item["from"], item["to"]) == ("bob", "u:alice")
    assert last_entry().action == "private.read"


def test_a_message_that_nobody_has_written(desk: Api) -> None:
    assert desk.get("moderation/messages/1000000").failed == NOT_FOUND
    for action in ("recall", "restore", "erase", "release", "discard"):
        assert act(desk, "messages/1000000", action).failed == NOT_FOUND


def test_the_audit_log_page_by_page(desk: Api) -> None:
    for action in ("warn", "mute", "ban"):
        act(desk, "users/bob", action)
    page = desk.get("moderation/audit", limit=2).said
    assert [item["action"] for item in page["items"]] == ["person.ban", "person.mute"]
    assert page["more"]
    rest = desk.get("moderation/audit", limit=2, before=page["items"][-1]["id"]).said
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
    assert len(desk.get("moderation/audit", action="person.mute").said["items"]) == 1
    assert desk.get("moderation/audit", target="u:alice").said["items"] == []
    assert wrong(desk.get("moderation/audit", limit=1000)) == ["limit"]


def test_an_action_is_undone_once(desk: Api) -> None:
    entry = act(desk, "users/bob", "mute").said["entry"]
    assert act(desk, f"audit/{entry}", "undo").said["id"] > 0
    assert not User.objects.get(pk="bob").muted
    assert act(desk, f"audit/{entry}", "undo").failed == CONFLICT
    assert act(desk, "audit/1000000", "undo").failed == NOT_FOUND
    warning = act(desk, "users/bob", "warn").said["entry"]
    assert act(desk, f"audit/{warning}", "undo").failed == CONFLICT


def test_nobody_acts_on_themselves(desk: Api) -> None:
    answer = act(desk, "users/administrator", "ban")
    assert answer.failed == (403, "not_allowed")
    assert "administrator" in answer.said["error"]["reason"]


def test_a_group_has_its_bounds(desk: Api, group: Group, settings: Settings) -> None:
    override(settings, max_group_members=2)
    assert act(desk, f"groups/{group.pk}", "add", userids=["charlie"]).failed == CONFLICT
