"""`im66 events` shows what happens as webhooks would tell it, without texts unless a reason is given."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from groups import services
from im66.management.commands import events
from log.models import Group
from moderation.models import AuditEntry
from notifications import following
from tests.support.groups import ALICE, BOB
from tests.support.notices import write
from tests.support.schema import validator

pytestmark = pytest.mark.django_db(transaction=True)


def shown(*options: str) -> list[tuple[str, dict[str, Any]]]:
    out = StringIO()
    call_command("events", *options, stdout=out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    for line in lines:
        validator("Webhook").validate(line)
    return [(line["type"], line["data"]) for line in lines]


def test_events_command_prints_events_without_texts(group: Group) -> None:
    id_ = write(ALICE, group.pk, "secret words")
    services.remove_members(group.pk, [BOB])
    assert shown() == []
    told = shown(f"--since={id_ - 1}")
    assert [kind for kind, _ in told] == ["message.created", "member.removed"]
    assert "secret words" not in json.dumps(told)
    assert shown("--since=1h") == shown("--since=0")
    assert shown("--since=1h", "--kind=member.removed") == told[1:]


def test_events_command_filters_by_conversation_or_person(group: Group) -> None:
    to_group, to_bob = write(ALICE, group.pk), write(ALICE, BOB)

    def ids(*options: str) -> list[int]:
        return [data["id"] for _, data in shown("--since=0", "--kind=message.created", *options)]

    assert ids(f"--conversation=g:{group.pk}") == [to_group]
    assert ids("--conversation=u:bob") == [to_bob]
    assert ids("--user=alice") == [to_group, to_bob]
    assert ids("--user=bob") == [to_bob]
    assert ids("--user=charlie") == []


def test_events_command_requires_reason_for_texts(group: Group) -> None:
    write(ALICE, group.pk, "secret words")
    with pytest.raises(CommandError, match="--reason"):
        shown("--since=0", "--text")
    told = shown("--since=0", "--text", "--reason=ticket 7", f"--conversation=g:{group.pk}")
    assert "secret words" in json.dumps(told)
    entry = AuditEntry.objects.get(action="private.read", reason="ticket 7")
    assert (entry.actor, entry.target, entry.reason) == ("/manage.py", f"g:{group.pk}", "ticket 7")


def test_events_command_continues_after_database_error(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    read, calls = following.events_after, []

    def failing(*arguments: Any) -> Any:
        calls.append(arguments)
        match len(calls):
            case 1:
                raise OperationalError
            case 3:
                write(ALICE, group.pk)
            case 5:
                raise KeyboardInterrupt
        return read(*arguments)

    monkeypatch.setattr(events, "events_after", failing)
    monkeypatch.setattr(events, "POLL_SECONDS", 0)
    assert [kind for kind, _ in shown("--follow")] == ["message.created"]


@pytest.mark.parametrize(
    "options", [["--since=yesterday"], ["--conversation=x:1"], ["--kind=presence.changed"]]
)
def test_events_command_explains_wrong_options(options: list[str], group: Group) -> None:
    with pytest.raises(CommandError):
        shown(*options)
