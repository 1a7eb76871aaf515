"""Calls of the first server for which there is nothing to do here, though an app's screen waits for them."""

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.limits.buckets import Rate
from accounts.models import User
from tests.support.groups import OK, body_of
from tests.support.settings import override
from tests.support.tokens import SECRET

PUSH = {"users": "bob,carol", "msgtype": "friend", "message": "alice: 你好"}
each = pytest.mark.parametrize("path", ["umeng/send", "refreshgrp"])

pytestmark = pytest.mark.django_db


@pytest.mark.promise("call-33")
@each
@pytest.mark.parametrize("form", ["/{}", "/{}/", "/{}?", "/wsim/{}", "/wsim/{}/?"])
def test_a_call_with_nothing_to_do_is_answered(client: Client, path: str, form: str) -> None:
    url = form.format(path)
    assert (
        body_of(client.get(url, PUSH)) == body_of(client.post(url, PUSH)) == body_of(client.post(url)) == OK
    )
    assert not User.objects.exists()


@each
def test_ignored_call_needs_no_proof(client: Client, settings: LazySettings, path: str) -> None:
    override(settings, auth="token", token_secret=SECRET)
    assert body_of(client.get(f"/{path}", {"groupid": "10"})) == OK


@each
def test_ignored_call_counts_as_query(client: Client, settings: LazySettings, path: str) -> None:
    override(settings, limit_queries=Rate(2, 3600), people_per_address=1)
    replies = [body_of(client.get(f"/{path}")) for _ in range(3)]
    assert replies[:2] == [OK, OK]
    assert '"code":6' in replies[2]
