"""Idempotency-Key: a POST is done once, and answered again as it was."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import erasing, keyed_calls
from accounts.api import idempotency
from accounts.keyed_calls import CallName, KeyedAnswer, Run
from accounts.limits.buckets import Rate
from accounts.models import KeyedCall
from groups import editing, services
from log.models import Group
from tests.support.api import JSON, ROOT, Answer, Api
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.settings import override

KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


def call(key: str = KEY, caller: str = ALICE, body: bytes = b"", path: str = "/x") -> CallName:
    return CallName(caller, caller, path, key, body)


def begun(name: CallName) -> Run:
    run = keyed_calls.begin(name)
    assert isinstance(run, Run)
    return run


def answered(name: CallName, body: str = "{}") -> None:
    begun(name).keep(KeyedAnswer(200, {}, body))


def why(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["error"]["why"]


def of(alice: Api, *, key: str = KEY) -> Api:
    return alice.showing(Idempotency_Key=key)


def raw(alice: Api, name: str = "x") -> Any:
    headers = alice.headers | {"Idempotency-Key": f'"{KEY}"'}
    return Client().post(f"{ROOT}groups", f'{{"name": "{name}"}}', JSON, headers=headers)


def test_repeated_api_call_gets_the_stored_answer(alice: Api) -> None:
    before = Group.objects.count()
    first, second = raw(alice), raw(alice)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first.headers["Content-Type"] == second.headers["Content-Type"] == JSON
    assert Group.objects.count() == before + 1
    # Quotes are those of a structured field, and belong not to the key.
    assert of(alice).post("groups", name="y").failed == (422, "conflict")


def test_key_with_another_body_is_refused(alice: Api) -> None:
    of(alice).post("groups", name="x")
    assert why(of(alice).post("groups", name="y")) == (422, "key_used")
    assert Group.objects.filter(name="y").count() == 0


def test_query_belongs_to_the_body(alice: Api, group: Group) -> None:
    path = f"groups/{group.pk}/links"
    assert of(alice).post(path, uses=1).status == 201
    assert of(alice).post(f"{path}?x=1", uses=1).failed == (400, "invalid")


def test_idempotency_keys_are_per_caller_and_path(alice: Api, bob: Api, group: Group) -> None:
    groups = [of(who).post("groups", name="x").body["id"] for who in (alice, bob)]
    assert len(set(groups)) == 2
    codes = {of(alice).post(f"groups/{id_}/links").body["code"] for id_ in (group.pk, groups[0])}
    assert len(codes) == 2


def test_answer_without_content_is_stored(alice: Api, charlie: Api, group: Group) -> None:
    link = alice.post(f"groups/{group.pk}/links").body["code"]

    editing.edit_group(group.pk, approval=True, by=ALICE)
    charlie.post(f"join/{link}")
    body = {"userid": CHARLIE, "action": "accept"}
    answers = [of(alice).post(f"groups/{group.pk}/requests", **body) for _ in range(2)]
    assert [answer.outcome for answer in answers] == [(204, None)] * 2
    assert "Content-Type" not in answers[1].headers


def test_refusal_is_stored(alice: Api, group: Group) -> None:
    services.dissolve(group.pk)
    first = of(alice).post(f"groups/{group.pk}/links")
    assert first.status == 404
    services.restore(group.pk)
    assert of(alice).post(f"groups/{group.pk}/links").outcome == first.outcome


def test_server_errors_and_429_are_not_stored(
    alice: Api, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as patched:
        patched.setattr(services, "create_group", fail)
        assert of(alice).post("groups", name="x").status == 503
    override(settings, limit_groups=Rate(1, 10**6))
    alice.post("groups", name="z")
    assert of(alice).post("groups", name="x").status == 429
    override(settings, limit_groups=None)
    assert of(alice).post("groups", name="x").status == 201


def test_running_api_call_is_not_started_twice(alice: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Answer] = []
    create = services.create_group

    def create_slowly(*args: Any, **options: Any) -> Group:
        seen.append(of(alice).post("groups", name="x"))
        return create(*args, **options)

    monkeypatch.setattr(services, "create_group", create_slowly)
    assert of(alice).post("groups", name="x").status == 201
    assert [why(answer) for answer in seen] == [(409, "key_running")]
    assert seen[0].headers["Retry-After"] == "1"


def test_malformed_idempotency_keys_are_rejected(alice: Api) -> None:
    for key in ("", '"', "a b", "x" * 256, "ä", 'a"b', '"a', "a\\b", '"' + "x" * 256 + '"'):
        answer = of(alice, key=key).post("groups", name="x")
        assert answer.failed == (400, "invalid"), key
        assert answer.body["error"]["fields"].keys() == {"Idempotency-Key"}
    assert of(alice, key="x" * 255).post("groups", name="x").status == 201


def test_post_without_idempotency_key_is_not_stored(alice: Api) -> None:
    alice.post("groups", name="x")
    of(alice).patch("me", nickname="x")
    assert not KeyedCall.objects.exists()


def test_repeated_upload_start_returns_the_same_upload(alice: Api) -> None:
    named = {"Tus-Resumable": "1.0.0", "Upload-Metadata": "filename YS50eHQ="}
    sent = alice.headers | named | {"Idempotency-Key": KEY}

    def begin(length: int) -> Any:
        return Client().post(f"{ROOT}uploads/files", headers=sent | {"Upload-Length": str(length)})

    assert begin(3).headers["Location"] == begin(3).headers["Location"]
    assert begin(4).status_code == 422


def test_repeated_secret_is_not_stored_in_plain_text(alice: Api, group: Group) -> None:
    first, second = (of(alice).post(f"groups/{group.pk}/hooks", name="Weather") for _ in range(2))
    assert first.outcome == second.outcome
    assert first.body["token"] not in repr(list(KeyedCall.objects.values()))


@pytest.mark.django_db
class TestRows:
    def test_expired_idempotency_key_can_be_reused(self) -> None:
        answered(call())
        KeyedCall.objects.update(made_at=timezone.now() - keyed_calls.EXPIRES_AFTER - timedelta(seconds=1))
        begun(call(body=b"other"))
        KeyedCall.objects.update(made_at=timezone.now() - keyed_calls.EXPIRES_AFTER - timedelta(seconds=1))
        keyed_calls.prune(timezone.now())
        assert not KeyedCall.objects.exists()

    def test_abandoned_api_call_is_restarted_and_old_attempt_is_void(self) -> None:
        first = begun(call())
        KeyedCall.objects.update(runs_until=timezone.now())
        second = begun(call())
        with pytest.raises(keyed_calls.CallTakenOver):
            first.keep(KeyedAnswer(200, {}, "first"))
        first.forget()
        second.keep(KeyedAnswer(200, {}, "second"))
        assert keyed_calls.begin(call()) == KeyedAnswer(200, {}, "second")

    def test_abandoned_api_call_with_effects_is_not_restarted(self) -> None:
        begun(call())
        KeyedCall.objects.update(runs_until=timezone.now(), is_done=True)
        with pytest.raises(keyed_calls.AnswerLost):
            keyed_calls.begin(call())

    def test_long_answer_is_not_stored(self) -> None:
        answered(call(), "x" * keyed_calls.MAX_ANSWER_BYTES)
        with pytest.raises(keyed_calls.AnswerLost):
            keyed_calls.begin(call())
        assert KeyedCall.objects.get().body == ""

    def test_stored_answers_are_limited_to_the_latest_of_a_caller(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keyed_calls, "_CHECK_EVERY_CALLS", 1)
        monkeypatch.setattr(keyed_calls, "MAX_CALLS", 3)
        answered(call(caller=BOB))
        for number in range(5):
            answered(call(str(number)))
        assert KeyedCall.objects.filter(caller=ALICE).count() == 3
        assert isinstance(keyed_calls.begin(call("4")), KeyedAnswer)
        monkeypatch.setattr(keyed_calls, "MAX_BYTES", 100)
        answered(call("long"), "x" * 101)
        begun(call("next"))
        assert list(KeyedCall.objects.filter(caller=ALICE).values_list("size", flat=True)) == [0]
        assert KeyedCall.objects.filter(caller=BOB).exists()

    def test_erasing_a_person_erases_answers_to_and_about_them(self, group: Group) -> None:
        answered(call(caller=ALICE))
        answered(call(caller=BOB), f'{{"userid":"{ALICE}"}}')
        answered(call(caller=CHARLIE), f'{{"conversation":"u:{ALICE}"}}')
        answered(call(caller=CHARLIE, path="/y"), '{"userid":"bob"}')
        erasing.blank(ALICE)
        assert list(KeyedCall.objects.values_list("caller", flat=True)) == [CHARLIE]


@pytest.mark.django_db(transaction=True)
class TestDeath:
    """The process dies: what would end the call is not called."""

    @pytest.fixture
    def dying(self, monkeypatch: pytest.MonkeyPatch, group: Group) -> pytest.MonkeyPatch:
        monkeypatch.setattr(Run, "forget", lambda run: None)
        return monkeypatch

    def kill(self, *_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def post(self) -> Answer:
        return of(Api(ALICE)).post("groups", name="x")

    def after_a_while(self) -> Answer:
        KeyedCall.objects.update(runs_until=timezone.now())
        return self.post()

    def test_api_call_that_dies_before_commit_is_repeated(self, dying: pytest.MonkeyPatch) -> None:
        with dying.context() as patched:
            patched.setattr(services, "create_group", self.kill)
            with pytest.raises(KeyboardInterrupt):
                self.post()
        assert why(self.post()) == (409, "key_running")
        assert self.after_a_while().status == 201
        assert Group.objects.filter(name="x").count() == 1

    def test_api_call_that_dies_after_commit_is_not_repeated(self, dying: pytest.MonkeyPatch) -> None:
        with dying.context() as patched:
            patched.setattr(idempotency, "_is_final", self.kill)
            with pytest.raises(KeyboardInterrupt):
                self.post()
        assert why(self.post()) == (409, "key_running")
        assert why(self.after_a_while()) == (409, "answer_lost")
        assert Group.objects.filter(name="x").count() == 1

    def test_superseded_attempt_commits_nothing(self, dying: pytest.MonkeyPatch) -> None:
        create = services.create_group

        def create_late(*args: Any, **options: Any) -> Group:
            KeyedCall.objects.update(run="that of another process")
            return create(*args, **options)

        dying.setattr(services, "create_group", create_late)
        assert self.post().status == 503
        assert Group.objects.filter(name="x").count() == 0
