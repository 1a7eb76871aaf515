"""What a checker answers, and what becomes of a question that nobody answers."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from accounts.texts import ALLOWED, CheckerAnswer, Effect, Question, Subject
from chat.services.checking import is_text
from notifications import checker
from notifications.checker import COUNTS, OutsideChecker, parse_answer
from tests.support.checker import SECRET, StandIn, answer_to
from tests.support.schema import validator
from tests.support.settings import override

REFUSED = CheckerAnswer(Effect.REFUSE, "not here")
FAILED = CheckerAnswer(Effect.FAIL)
NAME = Question(Subject.NAME, "alice", (), "nickname", "Al")


def text(content: str, cid: str | None = None) -> Question:
    return Question(
        Subject.MESSAGE, "alice", ("bob", 7), "text", content, cid=cid, takes=is_text, can_wait=True
    )


@pytest.fixture
def stand_in(settings: Settings) -> Iterator[StandIn]:
    COUNTS.answers.clear()
    with StandIn() as stand_in:
        chosen = {"checker_url": stand_in.url, "checker_secret": SECRET, "webhook_private": True}
        override(settings, checker_seconds=5.0, **chosen)
        yield stand_in


def ask(*questions: Question) -> list[CheckerAnswer]:
    async def one_after_another() -> list[CheckerAnswer]:
        checker_client = OutsideChecker()
        return [await checker_client.ask(question) for question in questions]

    return asyncio.run(one_after_another())


def test_checker_answers_allow_change_hold_and_refuse(stand_in: StandIn) -> None:
    answers = ask(text("hello"), text("change it"), text("hold it"), text("refuse it"))
    assert answers == [ALLOWED, CheckerAnswer(Effect.CHANGE, "✓ it"), CheckerAnswer(Effect.HOLD), REFUSED]
    assert stand_in.requested[0]["type"] == "check.message"
    assert stand_in.requested[0]["data"] == {
        "from": "alice",
        "to": ["u:bob", "g:7"],
        "kind": "text",
        "content": "hello",
    }
    assert COUNTS.answers == {"allow": 1, "change": 1, "hold": 1, "refuse": 1}


@pytest.mark.parametrize("subject", Subject)
def test_checker_questions_and_answers_match_the_schema(stand_in: StandIn, subject: Subject) -> None:
    to = () if subject is Subject.NAME else ("bob", 7)
    kinds = {"text": "hello", "picture": "/media/a.jpg", "location": "31.2,121.5\nHere"}
    message = 7 if subject is Subject.EDIT else None
    ask(*(Question(subject, "alice", to, kind, content, message) for kind, content in kinds.items()))
    for question_sent in stand_in.requested:
        validator("CheckerQuestion").validate(question_sent)
    assert len(stand_in.requested) == len(kinds)
    for word in ("hello", "change", "hold", "refuse"):
        content = json.loads(answer_to(word))
        validator("CheckerAnswer").validate(content)
        assert parse_answer(answer_to(word), text("x")) is not None
    for wrong in ({"answer": "yes"}, {"answer": "change"}, {}):
        assert not validator("CheckerAnswer").is_valid(wrong)


def test_checker_questions_are_signed_like_webhooks(stand_in: StandIn) -> None:
    ask(text("hello"))
    head, body = stand_in.heads[0], stand_in.bodies[0]
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert head["webhook-signature"] == f"v1,{digest}"


def test_message_sent_again_has_the_same_checker_question_id(stand_in: StandIn) -> None:
    ask(text("hello", "mine"), text("hello", "mine"), text("hello", "other"))
    first, second, third = (head["webhook-id"] for head in stand_in.heads)
    assert first == second != third


def test_malformed_checker_answer_is_failure() -> None:
    nonsense: list[Any] = ["allow", {"answer": "yes"}, {"answer": ["allow"]}, {"answer": "change"}, None]
    unfit = ["", " ", "\0", "\ud800", "x" * 70_000, 7]
    nonsense += [{"answer": "change", "content": content} for content in unfit]
    bodies = [b"", b"[" * 100_000, *(json.dumps(one).encode() for one in nonsense)]
    assert [body for body in bodies if parse_answer(body, text("hello")) is not None] == []
    picture = text("http://x/a.jpg")._replace(kind="picture", takes=None)
    assert parse_answer(b'{"answer": "change", "content": "hello"}', picture) is None


def test_hold_answer_for_name_is_refusal() -> None:
    assert parse_answer(b'{"answer": "hold"}', NAME) == CheckerAnswer(Effect.REFUSE)


def test_checker_reason_is_short_and_printable() -> None:
    for reason, expected in (("x" * 300, "x" * 200), ("a\nb", ""), (7, "")):
        body = json.dumps({"answer": "refuse", "reason": reason}).encode()
        assert parse_answer(body, NAME) == CheckerAnswer(Effect.REFUSE, expected)


def test_checker_failure_setting_decides_without_an_answer(stand_in: StandIn, settings: Settings) -> None:
    assert ask(text("fail")) == [ALLOWED]
    override(settings, checker_failure="closed")
    assert ask(text("fail")) == [FAILED]
    override(settings, webhook_private=False)
    assert ask(text("hello")) == [FAILED], "not to an address inside"
    assert COUNTS.answers == {"failed": 3}


def test_breaker_opens_after_slow_checker_answers(
    stand_in: StandIn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    override(settings, checker_seconds=0.05)
    stand_in.is_slow = True
    times = checker.MAX_FAILURES
    assert ask(*[text("hello")] * (times + 4)) == [ALLOWED] * (times + 4)
    assert COUNTS.answers == {"failed": times, "unasked": 4}
    stand_in.is_slow = False
    override(settings, checker_seconds=5.0)
    monkeypatch.setattr(checker, "REST_SECONDS", 0.0)
    answers = ask(*[text("fail")] * times, text("refuse"), text("refuse"))
    assert answers[times:] == [REFUSED, REFUSED], "it is tried again, and then asked as before"


def test_open_breaker_permits_one_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "REST_SECONDS", 0.0)
    breaker = checker.Breaker()
    for _ in range(checker.MAX_FAILURES):
        assert breaker.begin()
        breaker.end(False)
    assert (breaker.begin(), breaker.begin()) == (True, False)
    breaker.end(None)
    assert breaker.begin(), "who tried it may be gone"


def test_excess_checker_questions_are_rejected(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "MAX_CONCURRENT_QUESTIONS", 2)
    monkeypatch.setattr(checker, "MAX_WAITING_QUESTIONS", 1)

    async def at_once() -> list[CheckerAnswer]:
        checker_client = OutsideChecker()
        line = checker._CheckerClient()
        answers = [asyncio.create_task(checker_client._ask(line, text("refuse"))) for _ in range(5)]
        await asyncio.sleep(0)
        stand_in.is_slow = False
        results = await asyncio.gather(*answers)
        line.close()
        return results

    stand_in.is_slow = True
    assert sorted(asyncio.run(at_once())) == sorted([REFUSED] * 3 + [ALLOWED] * 2)
