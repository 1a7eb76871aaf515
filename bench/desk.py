"""Measures how long each page of the desk takes: `python -m bench.desk`.

Fills an empty database first; a database that has these people already is not changed. Then it requests each
page as a superuser, nine times by default, and prints the number of queries, the median and the longest time,
and the median of the processor time, which does not depend on the load of the machine. The search index is
not measured here but by `make bench`.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import django

from bench import rules

ROUNDS = 9
# The longest permitted median of a page.
MAX_MILLISECONDS = 300
OPERATOR = "operator"
MEMBERS = 20
RULES = 5000
DAY = 24 * 3600
_RESOLVED = {"state": "resolved", "outcome": "warn", "resolved_by": OPERATOR, "reason": "because"}
# A reported message among ten others, each of a few lines.
_WRITTEN = {"from": "person1", "name": "Person 1", "kind": "text", "content": "hello " * 50}
_MESSAGE = {"id": 1, "time": 1_700_000_000, **_WRITTEN}
_SNAPSHOT = {
    "conversation": "g:1",
    "title": "Group 1",
    "messages": [*[_MESSAGE] * 5, {**_MESSAGE, "reported": True}, *[_MESSAGE] * 5],
}


class Sizes(NamedTuple):
    people: int
    groups: int
    messages: int


class Measured(NamedTuple):
    """`median`, `longest`: milliseconds; `cpu`: the median processor time in milliseconds."""

    page: str
    queries: int
    median: float
    longest: float
    cpu: float


def pages() -> dict[str, str]:
    """Return the URLs of the pages by name."""
    middle, report = _message_in_the_middle(), _report_in_the_middle()
    return {
        "dashboard": "/admin/",
        "people": "/admin/people/",
        "people, a beginning": "/admin/people/?q=person99",
        "people, a nickname nobody has": "/admin/people/?q=nobody",
        "people, banned only": "/admin/people/?only=banned",
        "a person": "/admin/people/u:person1/",
        "groups": "/admin/groups/",
        "groups, a name nobody gave": "/admin/groups/?q=no such name",
        "groups, dissolved only": "/admin/groups/?only=dissolved",
        "a group": "/admin/groups/1/",
        "messages": "/admin/messages/",
        "messages, far back": f"/admin/messages/?before={middle}",
        "messages of a person": "/admin/messages/?person=person1",
        "messages of a group": "/admin/messages/?group=1",
        "messages of a kind nobody sent": "/admin/messages/?kind=audio",
        "messages of a day": f"/admin/messages/?until={_day():%Y-%m-%d}",
        "messages reported": "/admin/messages/?only=reported",
        "messages flagged": "/admin/messages/?only=flagged",
        "messages, words looked through": "/admin/messages/?q=absent",
        "a message": f"/admin/messages/{middle}/",
        "held messages": "/admin/held/",
        "rules": "/admin/rules/",
        "rules, a pattern nobody made": "/admin/rules/?q=no such pattern",
        "rules never applied": "/admin/rules/?only=unused",
        "a rule": "/admin/rules/1/",
        "reports": "/admin/reports/",
        "reports, far back": f"/admin/reports/?after={report}",
        "reports, resolved": "/admin/reports/?state=resolved",
        "reports, resolved, far back": f"/admin/reports/?state=resolved&after={report}",
        "a report": f"/admin/reports/{report}/",
        "audit log": "/admin/audit/",
        "audit log of an action": "/admin/audit/?action=group.dissolve",
        "audit log of a person": "/admin/audit/?target=u:person1",
    }


def measure(rounds: int) -> Iterator[Measured]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(pk=OPERATOR))
    for name, address in pages().items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200, address
            queries = len(captured)
        times, of_cpu = zip(*(_milliseconds(client, address) for _ in range(rounds)), strict=True)
        median, cpu = statistics.median(times), statistics.median(of_cpu)
        yield Measured(name, queries, median, max(times), cpu)


def fill(sizes: Sizes) -> None:
    """Create people, groups, messages, reports, rules and audit entries."""
    from django.db import connection

    from accounts.models import User
    from bench.generate import analyze

    if connection.vendor == "sqlite":
        _execute("PRAGMA synchronous=OFF")
    User.objects.create_superuser(OPERATOR)
    people = (User(userid=f"person{number}", password="!") for number in range(sizes.people))
    User.objects.bulk_create(people, batch_size=1000)
    _fill_groups(sizes)
    _fill_messages(sizes)
    _fill_desk(sizes)
    rules.fill(RULES)
    analyze()


def _fill_groups(sizes: Sizes) -> None:
    from log.group_models import ANY_ID
    from log.models import Group

    groups = (
        Group(name=f"group {number}", creator_id=f"person{number % sizes.people}")
        for number in range(sizes.groups)
    )
    Group.objects.bulk_create(groups, batch_size=1000)
    _execute(
        f"{_numbers(sizes.groups * MEMBERS)} INSERT INTO log_membership "
        "(group_id, user_id, role, since_id, until_id, last_id) "
        f"SELECT i / {MEMBERS} + 1, 'person' || ((i / {MEMBERS} + i % {MEMBERS} * 37) % {sizes.people}), "
        f"CASE i % {MEMBERS} WHEN 0 THEN 'owner' ELSE 'member' END, 0, NULL, {ANY_ID} FROM n"
    )


def _fill_messages(sizes: Sizes) -> None:
    """Insert messages of a year, half to groups and half between people. One in ten is from the first person,
    one in ten to the first group."""
    began = int(time.time()) - 365 * DAY
    sender = f"CASE i % 10 WHEN 0 THEN 1 ELSE i * 7 % {sizes.people} END"
    group = f"CASE i % 10 WHEN 1 THEN 1 ELSE i * 13 % {sizes.groups} + 1 END"
    _execute(
        f"{_numbers(sizes.messages)} INSERT INTO log_message "
        "(kind, sender_id, recipient_id, group_id, content, extension, timet) "
        f"SELECT 'text', 'person' || ({sender}), "
        f"CASE i % 2 WHEN 0 THEN 'person' || (i * 11 % {sizes.people}) END, "
        f"CASE i % 2 WHEN 1 THEN {group} END, "
        "'message ' || i || ' with some more words, as people write them', '', "
        f"{began} + i * {365 * DAY} / {sizes.messages} FROM n"
    )
    _execute(
        f"{_numbers(2 * sizes.people)} INSERT INTO log_conversation "
        "(user_id, peer_id, read_id, muted, pinned) "
        f"SELECT 'person' || (i / 2), 'person' || ((i / 2 + i % 2 + 1) % {sizes.people}), 0, false, false "
        "FROM n"
    )


def _fill_desk(sizes: Sizes) -> None:
    from django.utils import timezone

    from moderation.models import AuditEntry, Complaint, GroupHour, Minute, Process, Report

    now = timezone.now()
    entries = (
        AuditEntry(actor=OPERATOR, action="person.mute", target=f"u:person{number}", reason="because")
        for number in range(sizes.people)
    )
    AuditEntry.objects.bulk_create(entries, batch_size=1000)
    reports = Report.objects.bulk_create(
        (
            Report(
                target=f"m:{number + 1}",
                about=f"person{number % 100}",
                category="spam",
                count=1,
                snapshot=_SNAPSHOT,
                **(_RESOLVED if number % 2 else {}),
                resolved_at=now - timedelta(seconds=number) if number % 2 else None,
            )
            for number in range(min(sizes.people, sizes.messages))
        ),
        batch_size=1000,
    )
    Complaint.objects.bulk_create(
        (Complaint(report=report, rule=1, category="spam") for report in reports), batch_size=1000
    )
    end = int(now.timestamp())
    Minute.objects.bulk_create(Minute(minute=end // 60 - ago, messages=ago) for ago in range(2880))
    GroupHour.objects.bulk_create(
        (
            GroupHour(hour=end // 3600 - ago, group=group + 1, messages=group % 1000)
            for ago in range(2)
            for group in range(sizes.groups)
        ),
        batch_size=1000,
    )
    figures = {"connections": 1, "people": 1, "online": 1, "cursor": 1, "waiting": 0, "stalls": 0}
    Process.objects.bulk_create(
        Process(name=str(number), number=number, host="host", started_at=now, seen_at=now, **figures)
        for number in range(8)
    )


def _numbers(count: int) -> str:
    """Return SQL for a table `n` of this many numbers, from 0 on."""
    first = "SELECT CAST(0 AS bigint)"
    return f"WITH RECURSIVE n(i) AS ({first} UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1})"


def _execute(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


def _message_in_the_middle() -> int:
    from log.positions import last_id

    return last_id() // 4 * 2


def _report_in_the_middle() -> int:
    """Return the id of a resolved report."""
    from moderation.models import Report

    last = Report.objects.order_by("-pk").values_list("pk", flat=True).first() or 2
    return last // 4 * 2


def _day() -> datetime:
    return datetime.now(UTC) - timedelta(days=100)


def _milliseconds(client: Any, address: str) -> tuple[float, float]:
    """Request the page. Return its time and its processor time in milliseconds."""
    began, cpu = time.perf_counter(), time.process_time()
    client.get(address)
    return (time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Measure and print. Return 1 if a page takes longer than MAX_MILLISECONDS."""
    parser = argparse.ArgumentParser(prog="python -m bench.desk")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--groups", type=int, default=20_000)
    parser.add_argument("--messages", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments_read = vars(parser.parse_args(arguments))
    rounds = arguments_read.pop("rounds")
    sizes = Sizes(**arguments_read)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    django.setup()
    from accounts.models import User

    if not User.objects.filter(pk=OPERATOR).exists():
        fill(sizes)
    _print("| page | queries | median, ms | longest, ms | processor, ms |\n|---|---|---|---|---|")
    is_slow = False
    for measured in measure(rounds):
        page, queries, median, longest, cpu = measured
        _print(f"| {page} | {queries} | {median:.0f} | {longest:.0f} | {cpu:.0f} |")
        is_slow |= median > MAX_MILLISECONDS
    return int(is_slow)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
