"""Bots of a group: who makes them, what they may, and when they may no longer."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.access import Role
from accounts.limits.buckets import Rate
from accounts.services import set_account_status
from accounts.texts import ScreenVerdict
from chat.failures import CommandRefused
from chat.protocol.commands import Forward
from chat.protocol.legacy import LegacyCodec
from chat.services import forwarding
from chat.services.bots import bot_commands_in
from groups import services
from groups.selectors import members_of
from log.models import ARE_MESSAGES, Group, Message
from log.stored_rows import ROW_FIELDS, as_row
from notifications import bots
from notifications.models import Hook
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.screen import installed, rules_in_force
from tests.support.settings import override


def hooks(group: Group) -> str:
    return f"groups/{group.pk}/hooks"


def make(group: Group, name: str = "Builds") -> dict[str, Any]:
    answer = Api(ALICE).post(hooks(group), name=name)
    assert answer.status == 201
    made: dict[str, Any] = answer.body
    return made


def post(token: str, body: str) -> tuple[int, Any]:
    answer = Client(headers={"Authorization": f"Bearer {token}"}).post("/hooks/", body, "application/json")
    return answer.status_code, answer.json()


def write(token: str, **values: Any) -> tuple[int, Any]:
    return post(token, json.dumps(values))


def test_bot_message_is_stored_under_bot_name(group: Group) -> None:
    made = make(group)
    status, answer = write(made["token"], text="built")
    assert status == 201
    row = Message.objects.get(pk=answer["id"])
    assert (row.kind, row.sender_id, row.group_id, row.content) == ("text", made["userid"], group.pk, "built")
    assert row.sender is not None
    assert row.sender.nickname == "Builds"


def test_bot_api_call_without_secret_gets_401(group: Group) -> None:
    make(group)
    for headers in ({}, {"Authorization": "Userid alice"}):
        answer = Client(headers=headers).post("/hooks/", {"text": "x"}, "application/json")
        assert (answer.status_code, answer.json()["error"]["name"]) == (401, "log_in_first")


def test_bot_secret_in_url_is_accepted_with_a_warning(group: Group, caplog: pytest.LogCaptureFixture) -> None:
    made = make(group)
    address = made["url"].removeprefix("http://testserver")
    answers = [Client().post(address, {"text": "x"}, "application/json") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].headers["Deprecation"] == "@1795996800"
    assert answers[0].headers["Sunset"] == "Fri, 31 Dec 2027 00:00:00 GMT"
    (warning,) = [line for line in caplog.messages if made["userid"] in line]
    assert made["token"] not in warning


def test_list_of_bots_has_no_secrets(group: Group) -> None:
    made = make(group)
    listed = Api(ALICE).get(hooks(group)).body
    assert listed["items"] == [{"id": made["id"], "name": "Builds", "userid": made["userid"]}]
    assert made["token"] not in Hook.objects.get().digest


def test_only_owners_and_admins_create_bots(group: Group) -> None:
    assert Api(BOB).post(hooks(group), name="x").failed == (403, "not_allowed")
    assert Api(BOB).get(hooks(group)).failed == (403, "not_allowed")
    assert Api(CHARLIE).post(hooks(group), name="x").failed == (404, "not_found")
    assert not Hook.objects.exists()


def test_revoked_bot_cannot_write_and_leaves_its_group(group: Group) -> None:
    made = make(group)
    assert Api(BOB).delete(f"{hooks(group)}/{made['id']}").failed == (403, "not_allowed")
    assert Api(ALICE).delete(f"{hooks(group)}/{made['id']}").status == 204
    assert write(made["token"], text="x")[0] == 404
    assert made["userid"] not in {one.userid for one in members_of([group])[group.pk]}
    assert Api(ALICE).delete(f"{hooks(group)}/{made['id']}").failed == (404, "not_found")


def test_removed_bot_cannot_write_to_group(group: Group) -> None:
    made = make(group)
    services.remove_members(group.pk, [made["userid"]])
    assert write(made["token"], text="x")[0] in (403, 404)


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"text": ""}', '{"text": 1}', '{"text": "a\\u0000"}', "\xff"]
)
def test_malformed_bot_message_is_refused(group: Group, body: str) -> None:
    status, answer = post(make(group)["token"], body)
    assert status == 400
    assert answer["error"]["code"] == 400


def test_too_long_bot_message_gets_413(group: Group, settings: Settings) -> None:
    override(settings, max_text_bytes=3)
    assert write(make(group)["token"], text="four")[0] == 413


def test_bot_message_with_repeated_cid_is_sent_once(group: Group) -> None:
    token = make(group)["token"]
    first, second = write(token, text="x", cid="1"), write(token, text="x", cid="1")
    assert (first[0], second[0]) == (201, 200)
    assert first[1] == second[1]


def test_bot_has_message_rate_limit(group: Group, settings: Settings) -> None:
    override(settings, limit_messages=Rate.parse("2/60"))
    token = make(group)["token"]
    assert [write(token, text="x")[0] for _ in range(3)] == [201, 201, 429]


def test_unknown_bot_secret_gets_404(group: Group) -> None:
    assert write("unknown", text="x")[0] == 404


def test_number_of_bots_in_a_group_is_limited(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groups.bots.MAX_BOTS", 1)
    make(group)
    assert Api(ALICE).post(hooks(group), name="x").failed == (409, "conflict")


def is_over(group: Group, made: dict[str, Any]) -> bool:
    """Its row has ended, and it is no longer in the group."""
    here = {one.userid for one in members_of([group])[group.pk]}
    return Hook.objects.get().revoked_at is not None and made["userid"] not in here


def remove_maker(group: Group) -> None:
    services.remove_members(group.pk, [ALICE], by=BOB)


def leave(group: Group) -> None:
    services.leave(group.pk, ALICE)


def ban(group: Group) -> None:
    set_account_status(ALICE, banned=True)


@pytest.fixture
def shared(group: Group) -> Group:
    """Alice and Bob own it."""
    services.set_role(group.pk, BOB, Role.OWNER)
    return group


@pytest.mark.parametrize("end", [remove_maker, leave, ban])
def test_bot_is_revoked_when_its_creator_leaves_or_is_banned(
    shared: Group, end: Callable[[Group], None]
) -> None:
    made = make(shared)
    end(shared)
    assert is_over(shared, made)
    assert write(made["token"], text="x")[0] == 404


@pytest.mark.parametrize("end", [remove_maker, leave, ban])
def test_bot_of_former_creator_cannot_write_before_revocation(
    shared: Group, end: Callable[[Group], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(shared)
    with monkeypatch.context() as patched:
        patched.setattr(bots, "revoke_active", lambda _: None)
        end(shared)
    assert not is_over(shared, made)
    assert write(made["token"], text="x")[0] == 404
    assert is_over(shared, made)
    assert not Message.objects.filter(ARE_MESSAGES, sender=made["userid"]).exists()


def test_bot_stays_revoked_after_unban_of_creator(shared: Group) -> None:
    made = make(shared)
    ban(shared)
    set_account_status(ALICE, banned=False)
    assert write(made["token"], text="x")[0] == 404


def test_bot_survives_sanctions_of_others(shared: Group) -> None:
    made = make(shared)
    set_account_status(ALICE, muted=True)
    set_account_status(BOB, banned=True)
    services.remove_members(shared.pk, [BOB])
    assert write(made["token"], text="x")[0] == 201


def test_bot_made_by_operator_survives_ban_of_owner(shared: Group) -> None:
    made = bots.make_bot(shared.pk, "Builds")
    ban(shared)
    assert write(made.token, text="x")[0] == 201


def test_bot_writes_again_after_group_is_restored(shared: Group) -> None:
    made = make(shared)
    services.dissolve(shared.pk)
    assert write(made["token"], text="x")[0] in (403, 404)
    services.restore(shared.pk)
    assert write(made["token"], text="x")[0] == 201


CARD = {
    "title": "Build 7 failed",
    "text": "Two tests",
    "url": "https://ci.example/7",
    "fields": [{"name": "Branch", "value": "main"}],
}


@pytest.mark.promise("json-55")
def test_card_of_bot_reaches_json_and_legacy_clients(group: Group) -> None:
    token = make(group)["token"]
    status, answer = write(token, text="Build 7 failed: two tests", card=CARD, cid="7")
    assert status == 201
    assert write(token, text="Build 7 failed: two tests", card=CARD, cid="7") == (200, answer)

    (card,) = [one for one in messages(group) if one["id"] == answer["id"]]
    assert (card["kind"], card["content"], card["card"]) == (
        "card",
        "Build 7 failed: two tests",
        CARD,
    )
    bare = write(token, text="x", card={"title": "x"})[1]["id"]
    (card,) = [one for one in messages(group) if one["id"] == bare]
    assert card["card"] == {"title": "x", "text": "", "url": "", "fields": []}

    row = as_row(*Message.objects.values_list(*ROW_FIELDS).get(pk=answer["id"]))
    frame = LegacyCodec(lambda member, base: "").encode(row)
    assert str(frame).startswith(f"text_{row.sender}_Build 7 failed: two tests_group_")  # type: ignore[union-attr]


def messages(group: Group) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = Api(BOB).get(f"conversations/g:{group.pk}/messages").body["items"]
    return items


@pytest.mark.promise("json-55")
def test_people_cannot_send_cards(group: Group) -> None:
    path = f"conversations/g:{group.pk}/messages"
    assert Api(ALICE).post(path, kind="card", content="x", card=CARD).status == 400


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"title": ""},
        {"title": "a" * 201},
        {"title": "a", "text": "a" * 4001},
        {"title": "a", "url": "javascript:alert(1)"},
        {"title": "a", "url": "data:text/html,x"},
        {"title": "a", "url": "//evil.example"},
        {"title": "a", "url": "https://e.example/\u202e"},
        {"title": "a", "fields": [{"name": "a", "value": "b"}] * 21},
        {"title": "a", "fields": [{"name": "a"}]},
        {"title": "a", "fields": {"a": "b"}},
        {"title": "a\x00"},
        [],
        "card",
    ],
)
def test_invalid_card_is_refused(group: Group, card: object) -> None:
    status, answer = write(make(group)["token"], text="x", card=card)
    assert (status, answer["error"]["name"]) == (400, "invalid")


@pytest.mark.promise("json-55")
def test_rules_apply_to_bot_name_chosen_by_a_member(group: Group) -> None:
    with rules_in_force():
        assert Api(ALICE).post(hooks(group), name="block").failed == (400, "invalid")
        assert make(group, "mask")["name"] == "****"


def test_rules_apply_to_all_texts_of_a_card(group: Group) -> None:
    token, seen = make(group)["token"], []
    allowed = write(token, text="x", card={"title": "main"})[1]["id"]

    class Screen:
        def check(self, sender: str, to: object, content: str) -> ScreenVerdict | None:
            seen.append(content)
            return ScreenVerdict(content.replace("main", "****")) if "main" in content else None

        lets: Any = None
        steps: Any = None
        check_link: Any = None

    with installed(Screen()):
        status, answer = write(token, text="built", card=CARD)
        assert (status, answer["error"]["name"]) == (403, "not_allowed")
        assert write(token, text="built", card={"title": "ok"})[0] == 201
        # It was written before there was this rule.
        with pytest.raises(CommandRefused):
            forwarding.prepare_drafts(BOB, Forward(1, (allowed,), (ALICE,)), "", "")
    assert seen == [
        "built\nBuild 7 failed\nTwo tests\nhttps://ci.example/7\nBranch: main",
        "built\nok",
        "x\nmain",
    ]


def test_bot_writes_to_its_groups_and_to_people_who_wrote_first(group: Group) -> None:
    made = make(group)
    other = Api(ALICE).post("groups", name="Others", members=[BOB]).body["id"]
    assert write(made["token"], text="x", to=f"g:{other}")[0] == 404
    assert Api(BOB).post(f"groups/{other}/members", userids=[made["userid"]]).failed == (403, "not_allowed")
    assert Api(ALICE).post(f"groups/{other}/members", userids=[made["userid"]]).status < 300
    assert write(made["token"], text="x", to=f"g:{other}")[0] == 201
    assert write(made["token"], text="x", to="u:bob")[1]["error"]["why"] == "unwanted"
    direct = f"conversations/u:{made['userid']}/messages"
    assert Api(CHARLIE).post(direct, kind="text", content="x").failed == (403, "not_allowed")
    assert Api(BOB).post(direct, kind="text", content="hello").status == 201
    assert write(made["token"], text="x", to="u:bob")[0] == 201
    Api(BOB).put(f"blocks/{made['userid']}")
    assert write(made["token"], text="x", to="u:bob")[1]["error"]["name"] == "blocked"
    assert Api(ALICE).delete(f"{hooks(group)}/{made['id']}").status == 204
    assert [one["userid"] for one in Api(ALICE).get(f"groups/{other}/members").body["items"]] == [ALICE, BOB]


def test_api_marks_bots_for_people_who_see_them(group: Group) -> None:
    bot = make(group)["userid"]
    assert Api(BOB).post(f"conversations/u:{bot}/messages", kind="text", content="hello").status == 201
    assert Api(BOB).put(f"contacts/{bot}").status == 204
    one = Api(BOB).get(f"users/{bot}").body
    lists = [
        Api(BOB).get(path, **query).body["items"]
        for path, query in (
            ("users", {"ids": f"{bot},alice"}),
            ("users", {"q": "Buil"}),
            ("contacts", {}),
            ("conversations", {}),
            (f"groups/{group.pk}/members", {}),
        )
    ]
    people = [one, *(person for people in lists for person in people)]
    of_it = {bot, f"u:{bot}"}
    assert all(
        person.get("bot", False) is ((person.get("userid") or person["id"]) in of_it) for person in people
    )
    assert all(any(person.get("bot") for person in people) for people in lists)
    assert Api(CHARLIE).get(f"users/{bot}").status == 404
    assert "bot" not in Api(BOB).patch("me", nickname="Bob", bot=True).body


def put_commands(token: str, *commands: dict[str, str]) -> int:
    client = Client(headers={"Authorization": f"Bearer {token}"})
    return client.put("/hooks/commands", {"commands": list(commands)}, "application/json").status_code


def test_bot_commands_are_listed_to_its_conversations_only(group: Group, settings: Settings) -> None:
    made = make(group)
    roll = {"name": "roll", "description": "Rolls a die"}
    assert put_commands(made["token"], roll, {"name": "天气"}) == 204
    listed = [{"bot": made["userid"], **roll}, {"bot": made["userid"], "name": "天气", "description": ""}]
    assert Api(BOB).get(f"conversations/g:{group.pk}/commands").body["items"] == listed
    assert Api(BOB).get(f"conversations/u:{made['userid']}/commands").body["items"] == listed
    assert Api(CHARLIE).get(f"conversations/g:{group.pk}/commands").failed == (404, "not_found")
    override(settings, auth="token", token_secret="x" * 40)
    assert bot_commands_in(CHARLIE, made["userid"]) == []
    assert bot_commands_in(BOB, made["userid"]) == listed
    assert put_commands("unknown", roll) == 404
    for wrong in ([{"name": "two words"}], [roll, roll], [{"name": str(number)} for number in range(51)]):
        assert put_commands(made["token"], *wrong) == 400
    with rules_in_force():
        assert put_commands(made["token"], {"name": "x", "description": "block"}) == 403


def test_bot_can_show_typing_where_it_may_write(group: Group) -> None:
    headers = {"Authorization": f"Bearer {make(group)['token']}"}
    for to, status in ({}, 204), ({"to": "u:bob"}, 403), ({"to": "g:999"}, 404), ({"to": "x"}, 400):
        assert Client(headers=headers).post("/hooks/typing", to, "application/json").status_code == status


def test_bot_secret_is_rejected_by_other_api_calls(group: Group, settings: Settings) -> None:
    token = make(group)["token"]
    override(settings, auth="token", token_secret="x" * 40)
    assert Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/me").status_code == 401
