"""`schema`: for everybody. What it says, and its page: tests/api/test_schema.py."""

import asyncio
import json

from testkit.server import Server
from testkit.uploading import request
from tests.support.api import ROOT


async def test_the_schema_is_served_to_everybody(there: Server) -> None:
    got = await asyncio.to_thread(request, there, "GET", f"{ROOT}schema")
    assert (got.status, got.headers["Content-Type"]) == (200, "application/vnd.oai.openapi+json")
    said = json.loads(got.body)
    assert said["openapi"].startswith("3.1.")
    assert f"{ROOT}moderation/audit" in said["paths"]
