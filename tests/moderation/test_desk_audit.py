"""The audit log at the desk: it is read, filtered and taken along."""

import csv

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from log.models import Group
from moderation import audit
from moderation.desk.paging import ROWS
from tests.support.desk import do, enter
from tests.support.moderators import MODERATOR, REASON, entries

pytestmark = pytest.mark.django_db

LIST = "/admin/audit/"
ALWAYS = 6


@pytest.fixture
def desk(group: Group) -> Client:
    return enter("administrator")


def listed(client: Client, **params: str) -> list[int]:
    return [line.entry.pk for line in client.get(LIST, params).context["entries"]]


def test_audit_page_lists_actor_target_and_reason(desk: Client) -> None:
    do(desk, "/admin/people/u:bob/warn/")
    (line,) = desk.get(LIST).context["entries"]
    assert (line.entry.actor, line.entry.action, line.entry.target) == (
        "administrator",
        "person.warn",
        "u:bob",
    )
    assert (line.entry.reason, line.entry.address) == ("because", "127.0.0.1")
    assert line.url == "/admin/people/u:bob/"


def test_audit_page_filters_entries(desk: Client) -> None:
    one = audit.record(MODERATOR, "person.mute", "u:bob", "one").pk
    other = audit.record(MODERATOR, "group.mute", "g:1", "other").pk
    assert listed(desk) == [other, one]
    assert listed(desk, actor="moderator", action="person.mute") == [one]
    assert listed(desk, target="g:1") == [other]
    assert listed(desk, actor="nobody") == []
    assert listed(desk, since="2100-01-01T00:00") == []
    assert listed(desk, until="2100-01-01T00:00") == [other, one]


def test_audit_list_is_paginated(desk: Client) -> None:
    written = [audit.record(MODERATOR, "person.warn", f"u:{number}").pk for number in range(ROWS + 5)]
    response = desk.get(LIST)
    seen = [line.entry.pk for line in response.context["entries"]]
    seen += listed(desk, before=str(seen[-1]))
    assert seen == written[::-1]
    assert f"before={written[5]}" in response.context["portion"].further


def test_audit_export_is_csv_without_formulas(desk: Client) -> None:
    audit.record(MODERATOR, "person.warn", "u:bob", "=1+1")
    audit.record(MODERATOR, "group.mute", "g:1", "other")
    response = desk.get(f"{LIST}export/", {"action": "person.warn"})
    assert response.headers["Content-Disposition"].endswith('.csv"')
    text = b"".join(response).decode("utf-8-sig")
    header, row = csv.reader(text.splitlines())
    assert dict(zip(header, row, strict=True))["reason"] == "'=1+1"
    assert entries()[-1][0] == "audit.export"


def test_audit_entry_without_undo_has_no_undo_page(desk: Client) -> None:
    entry = audit.record(MODERATOR, "person.warn", "u:bob")
    assert desk.get(f"{LIST}{entry.pk}/undo/").status_code == 404
    assert desk.get(f"{LIST}999999/undo/").status_code == 404


def test_undo_is_offered_to_permitted_roles_only(desk: Client) -> None:
    people = audit.record(MODERATOR, "person.mute", "u:bob", REASON, 1)
    same = audit.record(MODERATOR, "person.mute", "u:bob")
    assert desk.get(f"{LIST}{same.pk}/undo/").status_code == 404
    for role, offered in (("administrator", [people.pk]), ("auditor", [])):
        client = desk if role == "administrator" else enter(role)
        for url in (LIST, "/admin/people/u:bob/"):
            lines = client.get(url).context["entries"]
            assert [line.entry.pk for line in lines if line.can_undo] == offered, (role, url)


def test_audit_page_query_count_is_bounded(
    desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(ROWS):
        audit.record(MODERATOR, "person.mute", f"u:{number}")
    with django_assert_max_num_queries(ALWAYS + 4):
        desk.get(LIST)
