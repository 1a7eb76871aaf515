"""An upload is authenticated by the head of its request, immediately or by a lookup in the database."""

import asyncio
import json
import threading
from collections.abc import Coroutine
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings

from accounts import late_replies
from accounts.authentication.proofs import Proof
from accounts.limits import limits
from accounts.limits.buckets import Rate
from accounts.limits.callers import Caller
from tests.support.settings import override
from tests.support.tokens import SECRET, token
from uploads import heads
from uploads.heads import Reply, refusal

ALICE, BOB = ("10.0.0.1",), ("10.0.0.2",)
KEY = {"authorization": "Api-Key x"}
SESSION = {"cookie": f"sessionid={'a' * 32}", "origin": "http://here"}
FORGED = "a-secret-that-somebody-else-has-made-up"


@pytest.fixture(autouse=True)
def token_mode(settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)


def head(headers: dict[str, str], path: str = "/upload/writev2", query: str = "") -> dict[str, Any]:
    raw = [(name.encode(), value.encode()) for name, value in {"host": "here", **headers}.items()]
    return {"type": "http", "path": path, "query_string": query.encode(), "headers": raw}


def code(reply: Reply | None) -> Any:
    assert reply is not None
    assert reply[0] == 200, "clients read only the JSON"
    return json.loads(reply[1])["code"]


async def looked_up(headers: dict[str, str], caller: tuple[str, ...] = ALICE) -> Reply | None:
    lookup = refusal(head(headers), caller)
    assert isinstance(lookup, Coroutine)
    return await lookup


def test_token_is_checked_without_database() -> None:
    assert refusal(head({"authorization": f"Bearer {token('alice')}"}), ALICE) is None
    assert refusal(head({}, query=f"access_token={token('alice')}"), ALICE) is None
    for bad in ({}, {"authorization": "Bearer x"}, {"authorization": f"Bearer {token('alice', FORGED)}"}):
        reply = refusal(head(bad), ALICE)
        assert not isinstance(reply, Coroutine)
        assert code(reply) == 5


@pytest.mark.parametrize("headers", [KEY, SESSION], ids=["key", "session"])
@pytest.mark.django_db(transaction=True)
async def test_api_key_and_session_are_checked_in_the_database(headers: dict[str, str]) -> None:
    assert code(await looked_up(headers)) == 5


@pytest.mark.parametrize("path", ["/grpinfo", "/admin/x/", "/upload/writev9", "/upload/"])
def test_bodies_of_other_calls_are_accepted_without_proof(path: str) -> None:
    """Each of these calls checks its proof itself."""
    assert refusal(head(KEY, path), ALICE) is None


def test_open_mode_accepts_uploads_without_proof(settings: Settings) -> None:
    override(settings, auth="open")
    assert refusal(head(KEY), ALICE) is None
    assert refusal(head({}), ALICE) is None


async def test_throttled_uploader_is_answered_late_while_few_wait(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    override(settings, auth="open", limit_uploads=Rate(1, 10**6), people_per_address=1)
    limits.current().uploads.take(ALICE[0])
    monkeypatch.setattr(late_replies, "MAX_WAITING_REPLIES", 2)
    replies = [refusal(head({}), ALICE) for _ in range(3)]
    tasks = [asyncio.create_task(one) for one in replies if isinstance(one, Coroutine)]
    done, late = await asyncio.wait(tasks, timeout=late_replies.LATE_SECONDS / 2)
    assert (len(done), len(late)) == (1, 2)
    assert [code(reply) for reply in await asyncio.gather(*tasks)] == [6] * 3


async def test_unavailable_database_refuses_the_upload(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(scope: Any, proof: Proof | None, caller: Caller) -> Reply | None:
        raise OperationalError("away")

    monkeypatch.setattr(heads, "_check_in_thread", fail)
    assert code(await looked_up(KEY)) == 2
    assert caplog.messages == ["The proof of an upload could not be looked up: away"]


async def test_api_key_lookups_take_turns_by_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on = threading.Event()
    began: list[str] = []

    def look_up(scope: Any, proof: Proof | None, caller: Caller) -> Reply | None:
        assert proof
        began.append(proof.text)
        may_go_on.wait(10)
        return None

    monkeypatch.setattr(heads, "_check_in_thread", look_up)
    lookups = [
        asyncio.create_task(looked_up({"authorization": f"Api-Key {name}"}, caller))
        for name, caller in [("a1", ALICE), ("a2", ALICE), ("a3", ALICE), ("b1", BOB)]
    ]
    await asyncio.sleep(0.2)
    assert began == ["a1"]
    may_go_on.set()
    await asyncio.gather(*lookups)
    assert began.index("b1") < began.index("a3")


async def test_excess_api_key_lookups_are_answered_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on = threading.Event()

    def look_up(scope: Any, proof: Proof | None, caller: Caller) -> Reply | None:
        may_go_on.wait(10)
        return None

    monkeypatch.setattr(heads, "_check_in_thread", look_up)
    lookups = [asyncio.create_task(looked_up(KEY)) for _ in range(heads.MAX_WAITING_LOOKUPS + 2)]
    done, _ = await asyncio.wait(lookups, return_when=asyncio.FIRST_COMPLETED)
    assert [code(task.result()) for task in done] == [2]
    may_go_on.set()
    assert [one for one in await asyncio.gather(*lookups) if one is None] == [None] * (
        heads.MAX_WAITING_LOOKUPS + 1
    )
