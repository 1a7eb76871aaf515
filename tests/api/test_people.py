"""The backend of another product keeps people in step, by a key for that and no other."""

import json
from typing import Any

import pytest
from django.db import connection

from accounts.authentication import api_keys
from accounts.authentication.authentication import Claim, authenticate_all
from accounts.authentication.proofs import Scope, token_proof
from accounts.models import CustomFields, User
from chat.access import may_log_in
from chat.failures import CommandRefused
from keeping.erasing import background
from keeping.models import Erasure, Hold
from moderation.actions.people import ban, unban
from moderation.models import AuditEntry
from tests.support.api import Answer, Api
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.moderators import MODERATOR
from tests.support.tokens import token

PICTURE = "https://pictures.example/d.png"
DORA = {
    "userid": "dora",
    "nickname": "Dora D.",
    "avatar": PICTURE,
    "email": "dora@example.com",
    "banned": False,
    "fields": {"department": "研发部", "floor": 3, "is_lead": True},
}


def by_key(*scopes: Scope) -> Api:
    return Api("", authorization=f"Api-Key {api_keys.make('hr', scopes).text}")


@pytest.fixture
def directory(mode: str) -> Api:
    return by_key(Scope.PEOPLE)


def bulk(api: Api, *people: Any, query: str = "", lines: bool = False) -> Answer:
    texts = [one if isinstance(one, str) else json.dumps(one) for one in people]
    body = "\n".join(texts) if lines else f"[{','.join(texts)}]"
    return api.send(
        "POST", f"users/bulk{query}", body, "application/x-ndjson" if lines else "application/json"
    )


def results(answer: Answer) -> list[str]:
    """What became of each, or the name of what is wrong with it."""
    assert answer.status == 200, answer.body
    return [one.get("result") or one["error"]["name"] for one in answer.body["items"]]


def stored() -> Any:
    tables = (
        "accounts_user",
        "accounts_customfields",
        "log_message",
        "moderation_auditentry",
        "keeping_erasure",
    )
    with connection.cursor() as cursor:
        results = []
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            results.append(sorted(map(str, cursor.fetchall())))
    return results


def test_directory_creates_changes_and_reads_person(directory: Api, bob: Api) -> None:
    made = directory.post("users", **DORA)
    assert made.outcome == (201, {**DORA, "result": "created"})
    assert directory.post("users", **DORA).outcome == (200, {**DORA, "result": "same"})
    changed = directory.patch("users/dora", nickname="", fields={})
    assert changed.body == {**DORA, "nickname": "", "fields": {}, "result": "changed"}
    assert directory.get("users/dora").body == {**DORA, "nickname": "", "fields": {}}
    # Others see what they see of everybody.
    assert bob.get("users/dora").body == {"userid": "dora", "nickname": "", "avatar": PICTURE}
    assert directory.patch("users/nobody", nickname="N").failed == (404, "not_found")
    assert directory.patch("users/dora", userid="doris").failed == (400, "invalid")


def test_directory_lists_people_in_pages(directory: Api, bob: Api) -> None:
    bulk(directory, DORA, {"userid": "bulk"})
    first = directory.get("users", limit=2).body
    assert ([one["userid"] for one in first["items"]], first["more"]) == ([ALICE, BOB], True)
    rest = directory.get("users", after=BOB).body
    assert [one["userid"] for one in rest["items"]][:3] == ["bulk", CHARLIE, "dora"]
    assert rest["items"][2] == DORA
    assert directory.get("users", ids="dora").body["items"] == [DORA]
    assert bob.get("users").failed == (400, "invalid")


def test_bulk_answers_are_in_request_order(directory: Api) -> None:
    people = [
        {"userid": "anna"},
        {"userid": ALICE},
        {"userid": BOB, "nickname": "Bob"},
        {"userid": "a_b"},
        {"nickname": "X"},
        {"userid": "eve", "banned": "yes"},
        '{"userid": "fred", ',
        {"userid": "anna", "nickname": "Anna"},
        {"userid": "anna", "nickname": "Anna", "unknown": {"is": ["ignored"]}},
    ]
    expected = ["created", "same", "changed", "invalid", "invalid", "invalid", "malformed", "changed", "same"]
    answer = bulk(directory, *people, lines=True)
    assert results(answer) == expected
    assert answer.body["items"][5]["error"]["fields"] == {"banned": "Expected `bool`, got `str`."}
    # Done again, nothing changes, and nothing is noted but what was done.
    before = stored()
    again = results(bulk(directory, *people, lines=True))
    assert again == ["same", "same", "same", *expected[3:7], "same", "same"]
    assert stored() == before
    last = AuditEntry.objects.latest("pk")
    assert (last.action, last.details) == ("people.sync", {"created": ["anna"], "changed": [BOB]})
    assert last.actor.startswith("key:")


def test_bulk_dry_run_gives_same_answer_and_stores_nothing(directory: Api) -> None:
    people = [DORA, {"userid": "dora", "banned": True}, {"userid": ALICE, "banned": True}, {"userid": "dora"}]
    directory.get("users")  # the first use of the day is noted
    before = stored()
    tried = results(bulk(directory, *people, query="?dry_run=true"))
    assert stored() == before
    assert tried == results(bulk(directory, *people)) == ["created", "changed", "changed", "same"]


def test_person_banned_by_the_directory_stays_out_until_unbanned(directory: Api, mode: str) -> None:
    dora = Api("dora", has_token=mode == "token")
    bulk(directory, {**DORA, "banned": True})
    assert dora.get("me").failed == (403, "banned")
    assert results(bulk(directory, {"userid": "dora", "banned": False})) == ["changed"]
    # Proofs from before do not count any more.
    later = Api("dora", authorization=f"Bearer {token('dora', iat=2**31)}") if mode == "token" else dora
    assert User.objects.get(pk="dora").is_active
    actions = AuditEntry.objects.filter(target="u:dora").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["person.create", "person.ban", "person.unban"]
    assert later


def test_directory_does_not_undo_moderation(directory: Api) -> None:
    ban(MODERATOR, BOB, "spam")
    assert results(bulk(directory, {"userid": BOB, "banned": True})) == ["same"]
    refused = bulk(directory, {"userid": BOB, "banned": False})
    assert results(refused) == ["conflict"]
    assert not User.objects.get(pk=BOB).is_active
    unban(MODERATOR, BOB, "a mistake")
    assert results(bulk(directory, {"userid": BOB, "banned": False})) == ["same"]


def test_directory_never_changes_staff_or_the_service(directory: Api) -> None:
    User.objects.create_user("mod", is_staff=True)
    User.objects.create_superuser("root")
    directory.get("users")  # the first use of the day is noted
    before = stored()
    for userid in ("mod", "root", "im66-desk"):
        assert directory.patch(f"users/{userid}", nickname="X").failed[0] in (403, 404)
        assert results(bulk(directory, {"userid": userid, "banned": True})) == ["not_allowed"]
        assert directory.delete(f"users/{userid}").failed[0] in (403, 404)
    assert stored() == before


def test_directory_calls_need_their_scope(directory: Api, bob: Api, mode: str) -> None:
    User.objects.create_superuser("root")
    others = [by_key(*set(Scope) - {Scope.PEOPLE}), by_key(*api_keys.DEFAULT_SCOPES)]
    if mode == "token":
        others += [bob, Api("root", has_token=True)]
    before = User.objects.count()
    for other in others:
        assert other.post("users", userid="eve").failed == (403, "not_allowed")
        assert other.patch(f"users/{ALICE}", nickname="X").failed == (403, "not_allowed")
        assert other.delete(f"users/{ALICE}").failed == (403, "not_allowed")
        assert bulk(other, {"userid": "eve"}).failed == (403, "not_allowed")
        assert bulk(other, {"userid": "eve"}, query="?dry_run=true").failed == (403, "not_allowed")
    for nobody in (Api("", authorization=""), Api("", authorization="Userid alice")):
        assert nobody.post("users", userid="eve").failed == (401, "log_in_first")
    assert directory.send("POST", f"users?as={ALICE}", '{"userid": "eve"}').failed == (400, "invalid")
    assert directory.post("groups", name="X").failed[0] in (401, 403)
    assert User.objects.count() == before
    assert not User.objects.filter(nickname="X").exists()


def test_valid_token_of_unknown_person_names_both_ways_to_be_created(directory: Api, mode: str) -> None:
    if mode == "open":
        return
    dora = Api("dora", has_token=True)
    refused = dora.get("me")
    assert refused.failed == (404, "not_found")
    for way in ("POST users", "IM66_TOKEN_CREATES_USERS"):
        assert way in refused.body["error"]["reason"]
    with pytest.raises(CommandRefused) as on_a_socket:
        may_log_in(authenticate_all([claim := Claim("dora", token_proof(token("dora")))])[claim])
    assert on_a_socket.value.failure.reason == "no such user"
    assert "POST users" in on_a_socket.value.failure.explanation
    directory.post("users", userid="dora")
    assert dora.get("me").status == 200


def test_person_may_have_the_userid_bulk(directory: Api, bob: Api) -> None:
    directory.post("users", userid="bulk", nickname="B.")
    assert bob.get("users/bulk").body["nickname"] == "B."
    assert directory.patch("users/bulk", nickname="Bulky").body["result"] == "changed"
    assert directory.delete("users/bulk").status == 202


def test_deleted_person_is_locked_out_immediately_and_erased_later(directory: Api, mode: str) -> None:
    bulk(directory, DORA)
    assert directory.delete("users/dora").status == 202
    assert Api("dora", has_token=mode == "token").get("me").failed == (403, "banned")
    assert directory.delete("users/dora").status == 202  # it goes on
    background.erase_queued()
    assert directory.delete("users/dora").status == 204
    assert User.objects.get(pk="dora").email == ""
    assert not CustomFields.objects.exists()
    (line,) = AuditEntry.objects.filter(action="person.erase", target="u:dora")
    assert line.actor.startswith("key:")
    # The next sync does not bring back what was forgotten.
    assert results(bulk(directory, DORA)) == ["conflict"]
    assert User.objects.get(pk="dora").nickname == ""
    assert directory.delete("users/nobody").failed == (404, "not_found")


def test_interrupted_erasure_is_finished_by_another_process(
    directory: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk(directory, DORA)
    directory.delete("users/dora")
    with monkeypatch.context() as broken:
        broken.setattr("accounts.erasing.blank", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            background.erase_queued()
    background.erase_queued()  # somebody may still be at it
    assert User.objects.get(pk="dora").email
    monkeypatch.setattr(background, "STALE_AFTER", -background.STALE_AFTER)
    background.erase_queued()
    assert User.objects.get(pk="dora").email == ""
    assert Erasure.objects.get().finished_at


def test_person_under_a_legal_hold_is_not_erased(directory: Api) -> None:
    Hold.objects.create(user_id=ALICE, reason="a case", made_by="root")
    assert directory.delete(f"users/{ALICE}").failed == (409, "conflict")
    assert User.objects.get(pk=ALICE).is_active


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("userid", ["", " ", "a" * 65, "a/b", 7, None]),
        ("nickname", ["x" * 101, "a\nb", 7, None]),
        ("avatar", ["javascript:alert(1)", "pictures.example/x", "https://x/" + "y" * 500, "https://a b"]),
        ("email", ["dora", "dora@", "a@b.example\nBcc: x@y.example", "x" * 250 + "@b.example"]),
        ("banned", [1, "true", None]),
        ("fields", [[], {"": 1}, {"a": []}, {"a": None}, {"a": "x" * 501}, {"x" * 51: 1}, {"a": 2**60}]),
        ("fields", [{str(number): number for number in range(21)}, {"a": {"b": 1}}, {"a\0": "b"}]),
    ],
)
def test_directory_fields_have_limits(directory: Api, field: str, values: list[Any]) -> None:
    before = stored()
    for value in values:
        answer = directory.post("users", **{**DORA, field: value})
        assert answer.failed == (400, "invalid"), value
        assert list(answer.body["error"]["fields"]) == [field], value
    assert stored()[:1] == before[:1]


def test_directory_bodies_have_limits(directory: Api) -> None:
    many = [{"userid": f"u{number}"} for number in range(1001)]
    for wrong in ("", "[]", "[1, 2", "[" * 100_000, '"x"' * 3, json.dumps(many), f"[{'1,' * 70_000}1]"):
        answer = directory.send("POST", "users/bulk", wrong)
        assert answer.status == 400 or results(answer) == ["malformed"], wrong[:20]
    nested = '{"userid": "deep", "x": ' + "[" * 4000 + "]" * 4000 + "}"
    long = f'{{"userid": "big", "x": "{"y" * 20_000}"}}'
    assert results(bulk(directory, nested, long, lines=True)) == ["malformed", "too_long"]
    assert directory.send("POST", "users/bulk", "x=1", "application/x-www-form-urlencoded").status == 415
    assert User.objects.filter(pk__in=["deep", "big", "u0"]).count() == 0


def test_directory_change_with_stale_if_match_is_rejected(directory: Api, alice: Api) -> None:
    directory.post("users", **DORA)
    seen = directory.get("users/dora").headers["ETag"]
    changed = directory.patch("users/dora", nickname="Theodora")
    assert changed.headers["ETag"] == directory.get("users/dora").headers["ETag"] != seen
    late = directory.showing(If_Match=seen)
    assert late.patch("users/dora", nickname="Dorothea").failed == (412, "conflict")
    assert late.delete("users/dora").failed == (412, "conflict")
    assert directory.get("users/dora").body["nickname"] == "Theodora"
    assert directory.showing(If_Match=changed.headers["ETag"]).delete("users/dora").status == 202
