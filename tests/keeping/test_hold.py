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


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def held() -> list[tuple[str, str, str]]:
    """What is held, by whom and why."""
    lines = [line.split("\t") for line in run("holds").splitlines()]
    return [(target, by, why) for target, _, by, why in lines]


def test_holds_are_made_listed_and_lifted(group: Group) -> None:
    assert run("hold", "u:bob", "--reason", "court\norder") == (
        "u:bob is held: nothing of it is pruned or erased.\n"
    )
    run("hold", f"g:{group.pk}", "--reason", REASON)
    assert held() == [("u:bob", "/manage.py", "court order"), (f"g:{group.pk}", "/manage.py", REASON)]
    assert run("unhold", "u:bob", "--reason", "it is over") == "u:bob is no longer held.\n"
    assert held() == [(f"g:{group.pk}", "/manage.py", REASON)]


def test_holds_are_audited(group: Group) -> None:
    run("hold", "u:bob", "--reason", REASON)
    run("unhold", "u:bob", "--reason", "it is over")
    assert entries() == [("hold.make", "u:bob"), ("hold.lift", "u:bob")]
    assert [(entry.actor, entry.reason) for entry in audit_log()] == [
        ("/manage.py", REASON),
        ("/manage.py", "it is over"),
    ]


@pytest.mark.parametrize("target", ["u:nobody", "g:999999", "g:x", "g:²", "g:" + "9" * 30, "bob", "", "m:1"])
def test_hold_of_unknown_target_is_refused(group: Group, target: str) -> None:
    with pytest.raises(CannotStart, match="There is no such person or group"):
        run("hold", target, "--reason", REASON)
    assert not Hold.objects.exists()
    assert entries() == []


def test_second_hold_of_same_target_is_refused(group: Group) -> None:
    run("hold", "u:bob", "--reason", REASON)
    with pytest.raises(CannotStart, match="a legal hold already"):
        run("hold", "u:bob", "--reason", "again")
    assert entries() == [("hold.make", "u:bob")]


def test_lifting_missing_hold_is_refused(group: Group) -> None:
    with pytest.raises(CannotStart, match="no legal hold"):
        run("unhold", "u:bob", "--reason", REASON)
    assert entries() == []


@pytest.mark.parametrize("command", ["hold", "unhold"])
def test_hold_command_requires_a_reason(group: Group, command: str) -> None:
    with pytest.raises(CommandError):
        run(command, "u:bob")
    with pytest.raises(CannotStart, match="Give a reason"):
        run(command, "u:bob", "--reason", " . ")
    assert entries() == []
