"""Whatever a call is, what is wrong is told in one form, under each server program."""

from tests.api.over_the_network.shapes import error, invalid
from tests.support.api import Remote

NOWHERE = error(404, "not_found", "There is nothing here.")


async def test_unknown_paths_and_methods_get_api_errors(alice: Remote) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert (await alice.send(method, "nowhere")).outcome == NOWHERE
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = await alice.send(method, "me/privacy")
        assert answer.outcome == error(405, "malformed", "This path does not know the method.")
        assert answer.headers["Allow"] == "GET, HEAD, PATCH"


async def test_unknown_query_parameter_is_rejected(alice: Remote) -> None:
    refused = await alice.get("blocks", limit=20)
    assert refused.outcome == invalid("limit", "This call has no such parameter.")


async def test_too_large_body_gets_413_over_the_network(alice: Remote) -> None:
    answer = await alice.send("PATCH", "me", b" " * 2_700_000)
    assert answer.failed == (413, "too_long")
