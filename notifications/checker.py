"""Asks the operator's checker about texts of people, with one signed request for each question.

A question fails if it gets no free slot and no answer within IM66_CHECKER_SECONDS. After several failures in
a row a circuit breaker opens: for REST_SECONDS nothing is sent, then one question at a time until one is
answered.
"""

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import Collection
from contextlib import closing
from hashlib import blake2b
from typing import Any

from django.conf import settings
from msgspec import UNSET, to_builtins

from accounts import texts
from accounts.figures import ALONE, Figure, Histogram, MetricKind, by_label
from accounts.texts import ALLOWED, CheckerAnswer, Effect, Question, Subject
from chat.delivery.runtime import Runtime
from chat.protocol.kinds import for_clients
from log.rows import conversation_name
from notifications.client import Client, RequestFailed
from notifications.exchange import OutgoingRequest
from notifications.payloads import CheckerSubject
from notifications.providers.webhook import envelope, signed

# Limits per event loop; waiting questions wait for one of the concurrent slots.
MAX_CONCURRENT_QUESTIONS, MAX_WAITING_QUESTIONS = 32, 256
# After MAX_FAILURES failures in a row, no questions are sent for REST_SECONDS.
MAX_FAILURES, REST_SECONDS = 3, 5.0
MAX_REASON_CHARACTERS = 200
# The most bytes of a character of a text in JSON, and of the rest of an answer.
_ESCAPED_BYTES, _OTHER_BYTES = 6, 4096


class CheckCounts:
    """`answers`: numbers by outcome; on `failed` and `unasked`, IM66_CHECKER_FAILURE decides. `took`: how
    many milliseconds the sent questions took."""

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()
        self.took = Histogram()


COUNTS = CheckCounts()
FIGURES = (
    Figure(
        MetricKind.COUNTER,
        "checker_answers_total",
        "Answers of the checker; failed: none, unasked: it rests, or too many questions wait.",
        lambda: by_label(COUNTS.answers),
        ("answer",),
    ),
    Figure(
        MetricKind.HISTOGRAM,
        "checker_seconds",
        "How long answers of the checker took.",
        lambda: {ALONE: COUNTS.took},
        unit=0.001,
        most=13,
    ),
)


class Breaker:
    """A circuit breaker. Call `begin` before each question and, if it returns True, `end` after it."""

    def __init__(self) -> None:
        self._failures = 0
        self._again_at = 0.0
        self._is_trying = False

    def begin(self) -> bool:
        if self._failures < MAX_FAILURES:
            return True
        if self._is_trying or time.monotonic() < self._again_at:
            return False
        self._is_trying = True
        return True

    def end(self, has_answered: bool | None) -> None:
        """Note the outcome; None if it is unknown, because the caller was cancelled."""
        self._is_trying = False
        if has_answered:
            self._failures = 0
        elif has_answered is False:
            self._failures += 1
            self._again_at = time.monotonic() + REST_SECONDS


class _CheckerClient:
    """The connections and the slots of one event loop."""

    def __init__(self) -> None:
        answer_bytes = settings.IM66.max_text_bytes * _ESCAPED_BYTES + _OTHER_BYTES
        self._client = Client(answer_bytes=answer_bytes)
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_QUESTIONS)
        self._waiting = 0

    @property
    def is_full(self) -> bool:
        return self._waiting >= MAX_CONCURRENT_QUESTIONS + MAX_WAITING_QUESTIONS

    async def send(self, request: OutgoingRequest, seconds: float) -> bytes:
        """Return the body of the answer. Raises RequestFailed and TimeoutError."""
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds), self._slots:
                answer = await self._client.send(request, seconds)
        finally:
            self._waiting -= 1
        if answer.status != 200:
            raise RequestFailed(f"answered {answer.status}")
        return answer.body

    def close(self) -> None:
        self._client.close()


class OutsideChecker:
    """See `accounts.texts.Checker`."""

    def __init__(self) -> None:
        self.subjects: Collection[str] = frozenset(settings.IM66.checker_subjects)
        self._breaker = Breaker()
        self._clients: dict[asyncio.AbstractEventLoop, _CheckerClient] = {}

    async def keep_connections_open(self, run: Runtime) -> None:
        """Keep the connections of this event loop open until cancelled."""
        with closing(_CheckerClient()) as client:
            self._clients[run.loop] = client
            try:
                await asyncio.Event().wait()
            finally:
                del self._clients[run.loop]

    async def ask(self, question: Question) -> CheckerAnswer:
        client = self._clients.get(asyncio.get_running_loop())
        if client is not None:
            return await self._ask(client, question)
        with closing(_CheckerClient()) as temporary:
            return await self._ask(temporary, question)

    async def _ask(self, client: _CheckerClient, question: Question) -> CheckerAnswer:
        if client.is_full or not self._breaker.begin():
            return self._fallback_answer("unasked")
        began, has_answered, answer = time.monotonic(), None, None
        try:
            body = await client.send(_checker_request(question), settings.IM66.checker_seconds)
            answer = parse_answer(body, question)
            has_answered = answer is not None
        except (RequestFailed, TimeoutError):
            has_answered = False
        finally:
            self._breaker.end(has_answered)
        COUNTS.took.count(int((time.monotonic() - began) * 1000))
        if answer is None:
            return self._fallback_answer("failed")
        COUNTS.answers[answer.effect] += 1
        return answer

    def _fallback_answer(self, cause: str) -> CheckerAnswer:
        """Count the cause, and return the answer that IM66_CHECKER_FAILURE sets."""
        COUNTS.answers[cause] += 1
        return ALLOWED if settings.IM66.checker_failure == "open" else CheckerAnswer(Effect.FAIL)


def make_checker() -> OutsideChecker | None:
    """Return the configured checker; None if there is none."""
    return OutsideChecker() if settings.IM66.checker_url else None


async def keep_connections_open(run: Runtime) -> None:
    """Keep connections to the configured checker open until cancelled."""
    if isinstance(checker := texts.checker(), OutsideChecker):
        await checker.keep_connections_open(run)


def parse_answer(body: bytes, question: Question) -> CheckerAnswer | None:
    """Parse the answer. Return None if the body is not a valid answer to the question. An answer `hold`
    becomes a refusal if the question cannot wait for a moderator."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    match answer:
        case {"answer": Effect.ALLOW}:
            return ALLOWED
        case {"answer": Effect.HOLD}:
            return CheckerAnswer(Effect.HOLD if question.can_wait else Effect.REFUSE)
        case {"answer": Effect.REFUSE}:
            return CheckerAnswer(Effect.REFUSE, _printable_reason(answer.get("reason")))
        case {"answer": Effect.CHANGE, "content": str(text)} if question.takes and question.takes(text):
            return ALLOWED if text == question.content else CheckerAnswer(Effect.CHANGE, text)
    return None


def _printable_reason(reason: Any) -> str:
    """Return the reason as the sender sees it: cut, and empty if it is not a printable text."""
    return reason[:MAX_REASON_CHARACTERS] if isinstance(reason, str) and reason.isprintable() else ""


def _checker_request(question: Question) -> OutgoingRequest:
    body = envelope(f"check.{question.subject}", time.time(), to_builtins(_checker_subject(question)))
    url, secret = settings.IM66.checker_url, settings.IM66.checker_secret
    return signed(url, secret, _question_id(question), body.encode(errors="replace"))


def _checker_subject(question: Question) -> CheckerSubject:
    is_short = question.subject in (Subject.NAME, Subject.GROUP)
    content = {"kind": question.kind, "content": question.content}
    return CheckerSubject(
        sender=question.sender,
        to=list(map(conversation_name, question.to)),
        message=UNSET if question.message is None else question.message,
        **(content if is_short else for_clients(content)),
    )


def _question_id(question: Question) -> str:
    """Return the id of the request. It is the same if a message is sent again with the same cid."""
    if question.cid is None:
        return f"check-{secrets.token_hex(8)}"
    source = f"{question.sender}\0{question.cid}".encode(errors="replace")
    return f"check-{blake2b(source, digest_size=8).hexdigest()}"
