"""RateLimit-Policy and RateLimit: what is left of each limit that has counted the call."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.api.base import rate_limit_headers
from accounts.limits.buckets import Rate
from accounts.limits.limits import LimitState
from log.models import Group
from tests.support.api import Answer, Api
from tests.support.settings import override


def shown(answer: Answer) -> tuple[str, str]:
    return answer.headers["RateLimit-Policy"], answer.headers["RateLimit"]


def test_ratelimit_header_gives_remaining_calls(alice: Api, settings: Settings) -> None:
    override(settings, limit_queries=Rate(3, 60), limit_groups=Rate(2, 10))
    assert shown(alice.get("me")) == ('"queries";q=3;w=60', '"queries";r=2;t=20')
    answer = alice.post("groups", name="x")
    assert answer.status == 201
    assert shown(answer)[0].startswith('"groups";q=2;w=10, "memberships";q=5000;w=3600, "queries";q=3;w=60')
    assert shown(answer)[1].startswith('"groups";r=1;t=5, "memberships";r=4999;t=1, "queries";r=1;t=')


def test_ratelimit_reset_is_not_before_retry_after(alice: Api, settings: Settings) -> None:
    override(settings, limit_queries=Rate(1, 60))
    alice.get("me")
    refused = alice.get("me")
    assert refused.failed == (429, "too_fast")
    assert shown(refused) == ('"queries";q=1;w=60', '"queries";r=0;t=60')
    assert refused.headers["Retry-After"] == "60"


def test_ratelimit_header_describes_the_scarcer_bucket(alice: Api, bob: Api, settings: Settings) -> None:
    override(settings, limit_queries=Rate(3, 60), people_per_address=1)
    bob.get("me")
    assert shown(alice.get("me"))[1] == '"queries";r=1;t=20'


def test_disabled_limit_sends_no_ratelimit_headers(alice: Api, settings: Settings) -> None:
    override(settings, limit_queries=None)
    answer = alice.get("me")
    assert "RateLimit" not in answer.headers
    assert "RateLimit-Policy" not in answer.headers


@pytest.mark.usefixtures("db")
def test_unauthenticated_caller_gets_no_ratelimit_headers() -> None:
    assert "RateLimit" not in Api("", authorization="").get("me").headers


def test_legacy_calls_have_no_ratelimit_headers(group: Group) -> None:
    assert "RateLimit" not in Client().post("/grpinfo", {"groupid": group.pk}).headers


def test_byte_limits_name_their_unit_and_full_limits_no_reset() -> None:
    states = [LimitState("upload_bytes", Rate(5, 10), 5, 0.0)]
    assert rate_limit_headers(states) == {
        "RateLimit-Policy": '"upload_bytes";q=5;qu="content-bytes";w=10',
        "RateLimit": '"upload_bytes";r=5',
    }
