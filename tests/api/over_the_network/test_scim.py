"""SCIM 2.0 at real servers: against the RFCs, and from two places at once."""

import asyncio
import json
from collections import Counter
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

import pytest

from testkit.server import Server
from testkit.uploading import Fetched, request
from tests.api.over_the_network.conftest import Cast
from tests.json.places import Place

ROOT = "/scim/v2/"
_KEY = "from accounts.authentication import api_keys; print(api_keys.make('idp', ['people']).text)"


@pytest.fixture
def key(place: Place) -> str:
    return str(place.here.run_python(_KEY)).strip()


def sent(server: Server, key: str, method: str, path: str, content: Any = None) -> Fetched:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/scim+json"}
    return request(
        server, method, ROOT + path, None if content is None else json.dumps(content).encode(), headers
    )


@pytest.mark.wide
def test_scim_conforms_to_the_rfcs(here: Server, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A person's only address is the primary one, whatever is said of it: not of True and False at random.
    monkeypatch.setattr("random.choice", itemgetter(0))
    # Imported here, because it takes seconds, and each process collects all tests.
    from scim2_client.engines.wsgi import WSGISCIMClient
    from scim2_tester import Status, check_server

    def passed_on(environ: Any, start: Any) -> list[bytes]:
        path = environ["PATH_INFO"].removeprefix(ROOT) + (
            f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
        )
        body = environ["wsgi.input"].read()
        got = sent(here, key, environ["REQUEST_METHOD"], path, json.loads(body) if body else None)
        start(f"{got.status} ", list(got.headers.items()))
        return [got.body]

    client = WSGISCIMClient(passed_on, base_url=here.http + ROOT.rstrip("/"))
    results = check_server(client)
    wrong = [one for one in results if one.status in (Status.ERROR, Status.CRITICAL, Status.DEVIATION)]
    assert not wrong
    assert Counter(one.status for one in results)[Status.SUCCESS] > 60


@pytest.mark.parametrize("place", ["two"], indirect=True)
def test_scim_userid_with_nul_is_not_found(here: Server, key: str) -> None:
    """PostgreSQL does not even look for such a text."""
    assert sent(here, key, "GET", "Users/%00").status == 404


@pytest.mark.parametrize("place", ["two"], indirect=True)
async def test_simultaneous_scim_changes_of_a_group_all_apply(
    here: Server, there: Server, key: str, cast: Cast
) -> None:
    """In opposite orders, so that who waits for each other would wait for good."""
    people = [f"{cast.alice}-{number:03}" for number in range(160)]
    made = json.loads(sent(here, key, "POST", "Groups", {"displayName": "All", "members": []}).body)
    path = f"Groups/{made['id']}"

    def change(number: int) -> int:
        mine = people[number::8][:: 1 if number % 2 else -1]
        added = {"op": "add", "path": "members", "value": [{"value": one} for one in mine]}
        removed = {"op": "remove", "path": f'members[value eq "{mine[0]}"]'}
        return sent((here, there)[number % 2], key, "PATCH", path, {"Operations": [added, removed]}).status

    done = await asyncio.gather(*(asyncio.to_thread(change, number) for number in range(8)))
    assert done == [204] * 8
    values = {one["value"] for one in json.loads(sent(there, key, "GET", path).body)["members"]}
    removed = {people[number::8][0 if number % 2 else -1] for number in range(8)}
    assert values == set(people) - removed
    request = urlencode({"filter": f'members eq "{people[20]}"', "excludedAttributes": "members"})
    listed = json.loads(sent(here, key, "GET", f"Groups?{request}").body)
    assert [one["id"] for one in listed["Resources"]] == [made["id"]]
