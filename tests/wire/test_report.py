"""A phone and a browser report somebody; a moderator resolves it; all hear of it on open connections."""

import asyncio
import json
from typing import Any

import pytest

from moderation.reports.outcomes import reporter_notice
from testkit.device import Device
from testkit.phone import Phone
from testkit.server import Server
from testkit.uploading import request
from tests.support.calls import OK, call
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

KEY = "from accounts.authentication import api_keys; print(api_keys.make('desk', ['moderate']).text)"


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return server.run_python(KEY).strip()


async def _api(server: Server, authorization: str, method: str, path: str, **values: Any) -> Any:
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    body = json.dumps(values).encode() if values else None
    got = await asyncio.to_thread(request, server, method, f"/api/v1/{path}", body, headers)
    assert got.status < 300, got.body
    return json.loads(got.body) if got.body else None


async def test_reporters_get_the_outcome(server: Server, key: str, cast: Cast) -> None:
    alice, bob, charlie = cast
    async with (
        Phone(server.entry, alice) as phone,
        Phone(server.entry, bob) as offender,
        Device(server.entry, charlie) as browser,
    ):
        assert await call(server, "report", reporter=alice, user=bob, category="spam") == OK
        await _api(server, f"Userid {charlie}", "POST", "reports", user=bob, category="abuse")
        desk = f"Api-Key {key}"
        listed = await _api(server, desk, "GET", "moderation/reports?limit=100")
        (report,) = [one for one in listed["items"] if one["about"] == bob]
        assert (report["target"], report["count"]) == (f"u:{bob}", 2)

        path = f"moderation/reports/{report['id']}"
        done = await _api(
            server, desk, "POST", path, action="resolve", outcome="warn", reason="no advertising"
        )

        assert done["id"]
        assert "no advertising" in (await offender.message()).content
        assert (await phone.message()).content == reporter_notice()
        event = await browser.event()
        assert (event["ev"], event["content"]) == ("message", reporter_notice())


async def test_offline_reporter_gets_the_result_at_the_next_login(
    server: Server, key: str, cast: Cast
) -> None:
    alice, bob, _ = cast
    for userid in (alice, bob):
        async with Phone(server.entry, userid):
            pass
    assert await call(server, "report", reporter=alice, user=bob, category="spam") == OK
    listed = await _api(server, f"Api-Key {key}", "GET", "moderation/reports?limit=100")
    (report,) = [one for one in listed["items"] if one["about"] == bob]
    values = {"action": "resolve", "outcome": "dismiss", "reason": "nothing is wrong"}
    await _api(server, f"Api-Key {key}", "POST", f"moderation/reports/{report['id']}", **values)
    async with Phone(server.entry, alice) as phone:
        assert (await phone.message()).content == reporter_notice()
