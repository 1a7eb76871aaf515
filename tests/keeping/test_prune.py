"""`manage.py prune`."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chat.models import Pruned
from chat.readers.search import SearchMatches, search
from chat.services.moderating import recall, restore
from groups import services
from im66.startup import CannotStart
from keeping import legal_holds
from keeping.acting import COMMAND
from log.models import Group, Message
from moderation.models import Complaint, Report
from moderation.models.reports import DISMISS, RESOLVED
from moderation.reports.filing import file_report
from tests.keeping import aging
from tests.keeping.aging import contents, pruned, stored, write
from tests.keeping.conftest import PICTURE, VOICE
from tests.support.moderators import REASON, entries, last_entry
from uploads.models import StoredFile

pytestmark = pytest.mark.django_db(transaction=True)

group = aging.group


def keep(group: Group, days: int | None) -> None:
    Group.objects.filter(pk=group.pk).update(keep_days=days)


def resolved(target: str, *, days: float, note: str = "look at that") -> Report:
    """A report by Bob that was resolved so many days ago."""
    report = file_report("bob", target, "spam", note)
    then = timezone.now() - timedelta(days=days)
    Report.objects.filter(pk=report.pk).update(state=RESOLVED, outcome=DISMISS, resolved_at=then)
    return report


def files() -> list[str]:
    return list(StoredFile.objects.order_by("pk").values_list("name", flat=True))


def notes() -> list[str]:
    return list(Complaint.objects.order_by("pk").values_list("note", flat=True))


def test_pruned_messages_leave_log_and_search(group: Group) -> None:
    write("alice", "bob", "old", days=31)
    write("alice", group.pk, "old too", days=31)
    write("alice", "bob", "new", days=29)
    output = pruned("--keep-days", "30")
    assert contents() == ["new"]
    assert output == "The log: 3 rows removed.\n0 files removed.\n"
    assert search("bob", "old") == SearchMatches([])
    assert len(search("bob", "new").ids) == 1


def test_prune_dry_run_removes_nothing(group: Group) -> None:
    write("alice", "bob", "old", days=31)
    write("alice", group.pk, "old too", days=31)
    write("alice", "bob", "new", days=1)
    keep(group, 20)
    before = list(Message.objects.values())
    output = pruned("--keep-days", "30", "--dry-run")
    assert output == f"The log: 1 rows would be removed.\nGroup {group.pk}: 2 rows would be removed.\n"
    assert list(Message.objects.values()) == before
    assert not Pruned.objects.exists()
    real = pruned("--keep-days", "30")
    assert real.startswith(f"The log: 1 rows removed.\nGroup {group.pk}: 2 rows removed.\n")


@pytest.mark.parametrize(("days", "left"), [(7, ["of ten days"]), (None, ["of ten days", "to the group"])])
def test_group_with_shorter_retention_is_pruned_sooner(
    group: Group, days: int | None, left: list[str]
) -> None:
    keep(group, days)
    write("alice", "bob", "of ten days", days=10)
    write("alice", group.pk, "to the group", days=10)
    write("alice", "bob", "new")
    pruned("--keep-days", "30")
    assert contents() == [*left, "new"]


def test_group_with_longer_retention_is_pruned_later(group: Group) -> None:
    keep(group, 365)
    write("alice", "bob", "of ninety days", days=90)
    write("alice", group.pk, "to the group", days=90)
    write("alice", "bob", "new")
    pruned("--keep-days", "30")
    assert contents() == ["to the group", "new"]


def test_prune_without_days_covers_groups_with_own_retention(group: Group) -> None:
    keep(group, 30)
    write("alice", "bob", "to bob", days=90)
    write("alice", group.pk, "to the group", days=90)
    write("alice", "bob", "new")
    pruned()
    assert contents() == ["to bob", "new"]
    keep(group, None)
    with pytest.raises(CannotStart, match="No retention period is set"):
        pruned()


def test_prune_output_omits_groups_without_old_messages(group: Group) -> None:
    keep(group, 200)
    write("alice", group.pk, "young enough", days=90)
    write("alice", "bob", "new")
    assert pruned("--keep-days", "30") == "The log: 0 rows removed.\n0 files removed.\n"
    assert pruned("--group", str(group.pk)) == f"Group {group.pk}: 0 rows removed.\n0 files removed.\n"


def test_prune_of_one_group_leaves_others(group: Group) -> None:
    other = aging.make_group("其他")
    keep(group, 5)
    for to in ("bob", group.pk, other.pk):
        write("alice", to, f"to {to}", days=4)
    write("alice", "bob", "new")
    pruned("--group", str(group.pk), "--keep-days", "3")
    assert contents() == ["to bob", f"to {group.pk}", f"to {other.pk}", "new"]
    keep(group, 3)
    pruned("--group", str(group.pk), "--keep-days", "30")
    assert contents() == ["to bob", f"to {other.pk}", "new"]
    with pytest.raises(CannotStart, match="has no retention period of its own"):
        pruned("--group", str(other.pk))
    pruned("--group", str(other.pk), "--keep-days", "3")
    assert contents() == ["to bob", "new"]
    with pytest.raises(CannotStart, match="There is no group 1000000"):
        pruned("--group", "1000000")


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "x", "99999999999"])
def test_invalid_prune_arguments_are_refused(group: Group, days: str) -> None:
    write("alice", "bob", "old", days=31)
    with pytest.raises(CommandError, match="a whole number"):
        pruned("--keep-days", days)
    assert contents() == ["old"]


def test_prune_keeps_the_last_row_of_the_log(group: Group) -> None:
    last = write("alice", "bob", "the last one", days=31)
    pruned("--keep-days", "30")
    assert [row.pk for row in Message.objects.all()] == [last]
    assert write("alice", "bob", "next") == last + 1


def test_prune_keeps_messages_still_needed_by_readers(group: Group) -> None:
    write("alice", "bob", "unread", days=31)
    write("alice", "bob", "new")
    out = StringIO()
    call_command("prune", "--keep-days", "30", stdout=out)
    assert "What comes after row 0 stays for now: it is needed by " in out.getvalue()
    assert contents() == ["unread", "new"]
    assert "needed" not in pruned("--keep-days", "30")
    assert contents() == ["new"]


def test_prune_keeps_messages_of_person_under_hold(group: Group) -> None:
    for sender, to in (("alice", group.pk), ("alice", "charlie"), ("bob", "alice"), ("bob", "bob")):
        write(sender, to, f"{sender} to {to}", days=90)
    services.remove_members(group.pk, ["bob"])
    write("alice", "charlie", "new")
    legal_holds.hold(COMMAND, "u:bob", REASON)
    pruned("--keep-days", "30")
    assert contents() == [f"alice to {group.pk}", "bob to alice", "bob to bob", "new"]
    legal_holds.lift(COMMAND, "u:bob", REASON)
    pruned("--keep-days", "30")
    assert contents() == ["new"]


def test_prune_keeps_messages_of_group_under_hold(group: Group) -> None:
    keep(group, 1)
    write("alice", group.pk, "to the group", days=90)
    write("alice", "bob", "new")
    legal_holds.hold(COMMAND, f"g:{group.pk}", REASON)
    pruned("--keep-days", "30")
    assert contents() == ["to the group", "new"]


def test_prune_removes_files_of_pruned_messages(group: Group) -> None:
    write("alice", "bob", stored(VOICE, days=40), days=40)
    write("alice", "bob", stored(PICTURE, days=40), days=40)
    write("alice", "bob", f"again: {PICTURE}")
    assert pruned("--keep-days", "30").endswith("1 files removed.\n")
    assert files() == [PICTURE]


def test_prune_keeps_recent_files_without_messages(group: Group) -> None:
    stored(VOICE, days=8)
    stored(PICTURE, days=6)
    write("alice", "bob", "old", days=10)
    write("alice", "bob", "new")
    pruned("--keep-days", "7")
    assert files() == [PICTURE]


def test_prune_keeps_files_of_messages_under_hold(group: Group) -> None:
    write("alice", "bob", stored(VOICE, days=40), days=40)
    write("alice", "charlie", stored(PICTURE, days=40), days=40)
    write("alice", "bob", "new")
    legal_holds.hold(COMMAND, "u:bob", REASON)
    pruned("--keep-days", "30")
    assert files() == [VOICE]


def test_prune_keeps_files_of_reported_messages(group: Group) -> None:
    message = write("alice", "bob", stored(VOICE, days=40), days=40)
    write("alice", "bob", stored(PICTURE, days=40), days=40)
    file_report("bob", f"m:{message}", "spam", "")
    Message.objects.filter(pk=message + 1).delete()
    write("alice", "bob", "new")
    report = Report.objects.get()
    rest = [one for one in report.snapshot["messages"] if one["id"] == message]
    Report.objects.update(snapshot={**report.snapshot, "messages": rest})
    pruned("--keep-days", "30")
    assert contents() == ["new"]
    assert files() == [VOICE]


def test_prune_keeps_files_of_restored_messages(group: Group) -> None:
    message = write("alice", "bob", stored(VOICE, days=40), days=40)
    recall([message])
    restore([message])
    write("alice", "bob", "new")
    pruned("--keep-days", "30")
    assert files() == [VOICE]


def test_prune_keeps_report_copies_without_reports_option(group: Group) -> None:
    message = write("alice", "bob", "spam", days=60)
    report = resolved(f"m:{message}", days=40)
    write("alice", "bob", "new")
    pruned("--keep-days", "30")
    report.refresh_from_db()
    assert report.snapshot["messages"][0]["content"] == "spam"
    assert notes() == ["look at that"]
    assert pruned("--keep-days", "30", "--reports").endswith("1 reports have forgotten what was said.\n")
    report.refresh_from_db()
    assert (report.snapshot, report.state, notes()) == ({}, RESOLVED, [""])
    assert pruned("--keep-days", "30", "--reports").endswith("0 reports have forgotten what was said.\n")


def test_only_old_resolved_reports_lose_their_copies(group: Group) -> None:
    old, new, waiting = (write("alice", "bob", name, days=60) for name in ("old", "new", "waiting"))
    resolved(f"m:{old}", days=40)
    resolved(f"m:{new}", days=20)
    file_report("bob", f"m:{waiting}", "spam", "look at that")
    output = pruned("--keep-days", "30", "--reports", "--dry-run")
    assert output.endswith("1 reports would forget what was said.\n")
    pruned("--keep-days", "30", "--reports")
    assert notes() == ["", "look at that", "look at that"]


@pytest.mark.parametrize("held", ["u:alice", "u:bob", "group"])
def test_reports_about_people_under_hold_keep_their_copies(group: Group, held: str) -> None:
    message = write("alice", group.pk, "spam", days=60)
    resolved(f"m:{message}", days=40)
    resolved(f"g:{group.pk}", days=40)
    legal_holds.hold(COMMAND, f"g:{group.pk}" if held == "group" else held, REASON)
    pruned("--keep-days", "30", "--reports")
    assert notes() == ["look at that", "look at that"]
    assert {} not in Report.objects.values_list("snapshot", flat=True)


def test_prune_of_reports_requires_keep_days(group: Group) -> None:
    keep(group, 30)
    with pytest.raises(CommandError, match="--reports needs --keep-days"):
        pruned("--reports")


def test_pruning_is_audited(group: Group) -> None:
    write("alice", "bob", "old", days=31)
    write("alice", "bob", "new")
    pruned("--keep-days", "30")
    entry = last_entry()
    assert (entry.actor, entry.action) == ("/manage.py", "log.prune")
    assert entry.details == {"days": {"0": 30}, "rows": {"0": 2}, "files": 0}
    pruned("--keep-days", "30")
    assert len(entries()) == 1


def test_interrupted_prune_can_be_repeated(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    write("alice", "bob", "old", days=31)
    write("alice", "bob", "new")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("uploads.pruning.unused_names", interrupted)
        with pytest.raises(CommandError, match="Run it again") as error:
            pruned("--keep-days", "30")
    assert error.value.returncode == 130
    assert contents() == ["new"]
    pruned("--keep-days", "30")
