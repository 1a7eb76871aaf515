"""`manage.py hold`, `unhold` and `holds`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from im66.startup import CannotStart
from keeping.models import Hold
from log.models import Group
from tests.keeping import aging
from tests.support.moderators import REASON, audit_log, entries

pytestmark = pytest.mark.django_db(transaction=True)

group = aging.group


def said(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def held() -> list[tuple[str, str, str]]:
    """What is held, by whom and why."""
    lines = [line.split("\t") for line in said("holds").splitlines()]
    return [(target, by, why) for target, _, by, why in lines]


def test_holds_are_made_listed_and_lifted(group: Group) -> None:
    assert said("hold", "u:bob", "--reason", "court\norder") == (
        "u:bob is held: nothing of it is pruned or erased.\n"
    )
    said("hold", f"g:{group.pk}", "--reason", REASON)
    assert held() == [("u:bob", "/manage.py", "court order"), (f"g:{group.pk}", "/manage.py", REASON)]
    assert said("unhold", "u:bob", "--reason", "it is over") == "u:bob is no longer held.\n"
    assert held() == [(f"g:{group.pk}", "/manage.py", REASON)]


def test_the_audit_log_knows_of_it(group: Group) -> None:
    said("hold", "u:bob", "--reason", REASON)
    said("unhold", "u:bob", "--reason", "it is over")
    assert entries() == [("hold.make", "u:bob"), ("hold.lift", "u:bob")]
    assert [(entry.actor, entry.reason) for entry in audit_log()] == [
        ("/manage.py", REASON),
        ("/manage.py", "it is over"),
    ]


@pytest.mark.parametrize("target", ["u:nobody", "g:999999", "g:x", "g:²", "g:" + "9" * 30, "bob", "", "m:1"])
def test_what_is_not_there_is_refused(group: Group, target: str) -> None:
    with pytest.raises(CannotStart, match="There is no such person or group"):
        said("hold", target, "--reason", REASON)
    assert not Hold.objects.exists()
    assert entries() == []


def test_nobody_is_held_twice(group: Group) -> None:
    said("hold", "u:bob", "--reason", REASON)
    with pytest.raises(CannotStart, match="a legal hold already"):
        said("hold", "u:bob", "--reason", "again")
    assert entries() == [("hold.make", "u:bob")]


def test_what_is_not_held_cannot_be_let_go(group: Group) -> None:
    with pytest.raises(CannotStart, match="no legal hold"):
        said("unhold", "u:bob", "--reason", REASON)
    assert entries() == []


@pytest.mark.parametrize("command", ["hold", "unhold"])
def test_a_reason_is_needed(group: Group, command: str) -> None:
    with pytest.raises(CommandError):
        said(command, "u:bob")
    with pytest.raises(CannotStart, match="Give a reason"):
        said(command, "u:bob", "--reason", " . ")
    assert entries() == []
