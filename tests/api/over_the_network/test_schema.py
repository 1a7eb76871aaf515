"""`schema` and `docs`: for everybody."""

import asyncio
import json

from testkit.server import Server
from testkit.uploading import request
from tests.api.over_the_network.shapes import error
from tests.support.api import ROOT

NOT_KNOWN = error(405, "malformed", "This path does not know the method.")

# Each line of the contract.
PATHS = [
    "me",
    "users",
    "users/{userid}",
    "conversations",
    "conversations/{conversation}",
    "conversations/{conversation}/messages",
    "conversations/{conversation}/read",
    "messages/search",
    "groups",
    "groups/{group}",
    "groups/{group}/members",
    "groups/{group}/members/{userid}",
    "blocks",
    "blocks/{userid}",
    "reports",
    "uploads",
    "moderation/users/{userid}",
    "moderation/groups/{group}",
    "moderation/messages/{message}",
    "moderation/reports",
    "moderation/reports/{report}",
    "moderation/rules",
    "moderation/rules/{rule}",
    "moderation/rules/try",
    "moderation/audit",
]


async def test_the_schema_names_every_path(there: Server) -> None:
    got = await asyncio.to_thread(request, there, "GET", f"{ROOT}schema")
    assert (got.status, got.headers["Content-Type"]) == (200, "application/vnd.oai.openapi+json")
    said = json.loads(got.body)
    assert said["openapi"].startswith("3.1.")
    assert {f"{ROOT}{path}" for path in PATHS} <= set(said["paths"])


async def test_the_page(there: Server) -> None:
    got = await asyncio.to_thread(request, there, "GET", f"{ROOT}docs")
    assert (got.status, got.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    page = got.body.decode()
    assert [path for path in PATHS if f"{ROOT}{path}" not in page] == []


async def test_both_are_only_read(there: Server) -> None:
    for path in ("schema", "docs"):
        got = await asyncio.to_thread(request, there, "POST", f"{ROOT}{path}")
        assert (got.status, json.loads(got.body)) == NOT_KNOWN
        assert got.headers["Allow"] == "GET, HEAD"
