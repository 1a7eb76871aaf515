"""Handling reports: claim, release, resolve; two moderators at once."""

from functools import partial

import pytest

from accounts.models import User
from accounts.selectors import silent_of
from accounts.services import ensure_users
from groups import services
from log.amendments import recalls_of
from log.models import Group, Message
from moderation.actions import messages
from moderation.actions.undoing import undo
from moderation.errors import NoReason, PastTime, ProtectedPerson
from moderation.models import AuditEntry, Report
from moderation.models.reports import (
    BAN,
    CLAIMED,
    DISMISS,
    DISSOLVE,
    MUTE,
    OPEN,
    OUTCOMES,
    RECALL,
    RESOLVED,
    WARN,
)
from moderation.moderators import ACT_ON_PEOPLE, ALL_PERMISSIONS, HANDLE_REPORTS, Moderator, RoleMissing
from moderation.reports import filing, outcomes, queue
from moderation.reports.errors import Conflict, MessageGone, UnfitOutcome, UnknownReport
from moderation.reports.outcomes import reporter_notice
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.moderators import MODERATOR, NOBODY, REASON, entries, last_entry, notices_to
from tests.support.reports import write
from tests.support.threads import at_once

LATER = 4_000_000_000
ANOTHER = Moderator("another", "192.0.2.3", ALL_PERMISSIONS)


@pytest.fixture
def report(group: Group) -> Report:
    """Of a message of Bob's, by Alice."""
    return filing.file_report(ALICE, f"m:{write(BOB, group.pk, 'buy gold')}", "spam", "")


def state(report: Report) -> tuple[str, str]:
    stored = queue.get_report(report.pk)
    return stored.state, stored.claimed_by


def test_resolving_performs_the_outcome_and_is_audited(report: Report) -> None:
    outcomes.claim(MODERATOR, report.pk)
    entry = outcomes.resolve(MODERATOR, report.pk, RECALL, "advertising")
    assert recalls_of([int(report.target[2:])])
    stored = queue.get_report(report.pk)
    assert (stored.state, stored.outcome, stored.resolved_by) == (RESOLVED, RECALL, MODERATOR.name)
    assert (stored.reason, stored.resolved_at is not None) == ("advertising", True)
    assert entries() == [
        ("report.claim", f"r:{report.pk}"),
        ("message.recall", report.target),
        ("report.resolve", f"r:{report.pk}"),
    ]
    assert (entry.reason, entry.details["outcome"], entry.details["about"]) == ("advertising", RECALL, BOB)
    assert entry.log_id


class TestClaim:
    def test_claim_is_idempotent_for_holder(self, report: Report) -> None:
        for _ in range(2):
            outcomes.claim(MODERATOR, report.pk)
            assert state(report) == (CLAIMED, MODERATOR.name)
        assert entries() == [("report.claim", f"r:{report.pk}")] * 2

    def test_claim_by_another_conflicts(self, report: Report) -> None:
        outcomes.claim(MODERATOR, report.pk)
        with pytest.raises(Conflict) as raised:
            outcomes.claim(ANOTHER, report.pk)
        assert (raised.value.state, raised.value.by) == (CLAIMED, MODERATOR.name)
        assert str(raised.value) == "moderator has claimed this report."
        assert state(report) == (CLAIMED, MODERATOR.name)

    def test_claim_of_resolved_report_conflicts(self, report: Report) -> None:
        outcomes.resolve(ANOTHER, report.pk, DISMISS, REASON)
        with pytest.raises(Conflict, match="another has resolved this report"):
            outcomes.claim(MODERATOR, report.pk)

    @pytest.mark.django_db(transaction=True)
    def test_simultaneous_claims_succeed_once(self, report: Report) -> None:
        both = (partial(outcomes.claim, one, report.pk) for one in (MODERATOR, ANOTHER))
        done = at_once(*both)
        assert sum(isinstance(one, AuditEntry) for one in done) == 1
        assert sum(isinstance(one, Conflict) for one in done) == 1
        # The audit log keeps what tests before have done.
        assert entries().count(("report.claim", f"r:{report.pk}")) == 1


class TestRelease:
    def test_release_reopens_report(self, report: Report) -> None:
        outcomes.claim(MODERATOR, report.pk)
        outcomes.release(MODERATOR, report.pk)
        assert state(report) == (OPEN, "")
        outcomes.claim(ANOTHER, report.pk)
        assert state(report) == (CLAIMED, ANOTHER.name)

    def test_report_is_released_by_another_moderator(self, report: Report) -> None:
        outcomes.claim(MODERATOR, report.pk)
        outcomes.release(ANOTHER, report.pk)
        assert last_entry().details == {"claimed_by": MODERATOR.name}

    def test_release_of_unclaimed_report_conflicts(self, report: Report) -> None:
        with pytest.raises(Conflict, match="Nobody has claimed"):
            outcomes.release(MODERATOR, report.pk)


class TestOutcomes:
    def test_dismissing_report_changes_nothing_else(self, report: Report) -> None:
        entry = outcomes.resolve(MODERATOR, report.pk, DISMISS, REASON)
        assert entry.log_id is None
        assert entries() == [("report.resolve", f"r:{report.pk}")]
        assert notices_to(BOB) == []
        assert queue.strikes_of([BOB]) == {}

    def test_report_outcome_warns_person(self, report: Report) -> None:
        outcomes.resolve(MODERATOR, report.pk, WARN, "no advertising")
        assert "no advertising" in notices_to(BOB)[-1]
        assert queue.strikes_of([BOB]) == {BOB: 1}

    def test_report_outcome_mutes_person_until_given_time(self, report: Report) -> None:
        outcomes.resolve(MODERATOR, report.pk, MUTE, REASON, LATER)
        assert silent_of([BOB]) == {BOB: False}
        until = User.objects.get(pk=BOB).muted_until
        assert until is not None
        assert int(until.timestamp()) == LATER

    def test_report_outcome_bans_person(self, report: Report) -> None:
        outcomes.resolve(MODERATOR, report.pk, BAN, REASON)
        assert silent_of([BOB]) == {BOB: True}

    def test_outcome_can_be_undone(self, report: Report) -> None:
        entry = outcomes.resolve(MODERATOR, report.pk, MUTE, REASON)
        undo(MODERATOR, entry.details["entries"][0], "a mistake")
        assert silent_of([BOB]) == {}
        assert queue.get_report(report.pk).state == RESOLVED

    def test_outcomes_of_a_reported_group_apply_to_it(self, group: Group) -> None:
        report = filing.file_report(BOB, f"g:{group.pk}", "illegal", "")
        outcomes.resolve(MODERATOR, report.pk, MUTE, REASON)
        assert Group.objects.get(pk=group.pk).is_quiet
        report = filing.file_report(BOB, f"g:{group.pk}", "illegal", "")
        outcomes.resolve(MODERATOR, report.pk, DISSOLVE, REASON)
        assert Group.objects.get(pk=group.pk).dissolved_at

    def test_outcomes_fit_target_kind(self, group: Group, report: Report) -> None:
        of_person = filing.file_report(ALICE, f"u:{BOB}", "spam", "")
        of_group = filing.file_report(BOB, f"g:{group.pk}", "spam", "")
        fit = {one: set(outcomes.possible_outcomes(one)) for one in (report, of_person, of_group)}
        assert fit == {
            report: {DISMISS, WARN, RECALL, MUTE, BAN},
            of_person: {DISMISS, WARN, MUTE, BAN},
            of_group: {DISMISS, MUTE, DISSOLVE},
        }
        for one, known in fit.items():
            for outcome in {name for name, _ in OUTCOMES} - known:
                with pytest.raises(UnfitOutcome):
                    outcomes.resolve(MODERATOR, one.pk, outcome, REASON)
        assert entries() == []


class TestSeveralOutcomes:
    def test_several_outcomes_are_done_and_undone_separately(self, report: Report) -> None:
        entry = outcomes.resolve(MODERATOR, report.pk, {MUTE, RECALL, WARN}, REASON, LATER)
        assert [action for action, _ in entries()] == [
            "message.recall",
            "person.warn",
            "person.mute",
            "report.resolve",
        ]
        stored = queue.get_report(report.pk)
        assert (stored.outcome, stored.came_of_it) == (MUTE, [RECALL, WARN, MUTE])
        assert notices_to(ALICE) == [reporter_notice()]
        assert queue.strikes_of([BOB]) == {BOB: 1}
        recalled, _, muted = entry.details["entries"]
        undo(MODERATOR, muted, REASON)
        assert silent_of([BOB]) == {}
        message = int(report.target[2:])
        assert message in recalls_of([message])
        undo(MODERATOR, recalled, REASON)
        assert message not in recalls_of([message])

    def test_failed_outcome_rolls_all_back(self, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("moderation.actions.sanctions.mute", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            outcomes.resolve(MODERATOR, report.pk, [RECALL, MUTE], REASON)
        assert state(report) == (OPEN, "")
        assert recalls_of([int(report.target[2:])]) == {}
        assert entries() == []

    def test_contradicting_outcomes_rejected(self, report: Report) -> None:
        for requested in ([DISMISS, WARN], [], [WARN, DISSOLVE], ["praise"]):
            with pytest.raises(UnfitOutcome):
                outcomes.resolve(MODERATOR, report.pk, requested, REASON)
        assert state(report) == (OPEN, "")

    def test_outcome_needs_its_permission(self, report: Report) -> None:
        only = Moderator("only", "", frozenset({HANDLE_REPORTS, ACT_ON_PEOPLE}))
        with pytest.raises(RoleMissing):
            outcomes.resolve(only, report.pk, [WARN, RECALL], REASON)
        assert notices_to(BOB) == []
        outcomes.resolve(only, report.pk, [WARN, MUTE], REASON)

    def test_other_outcomes_apply_when_the_message_is_erased(self, report: Report) -> None:
        messages.erase(MODERATOR, int(report.target[2:]), REASON)
        outcomes.resolve(MODERATOR, report.pk, [RECALL, MUTE], REASON)
        assert silent_of([BOB]) == {BOB: False}

    def test_pruned_message_cannot_be_recalled_by_report(self, report: Report) -> None:
        Message.objects.filter(pk=report.target[2:]).delete()
        with pytest.raises(MessageGone, match="no longer exists"):
            outcomes.resolve(MODERATOR, report.pk, [RECALL, MUTE], REASON)
        assert silent_of([BOB]) == {}
        outcomes.resolve(MODERATOR, report.pk, MUTE, REASON)


class TestWhoHasReported:
    def test_reporters_notified_of_resolution(self, group: Group) -> None:
        ensure_users(["dave"])
        for userid in (ALICE, CHARLIE):
            report = filing.file_report(userid, f"u:{BOB}", "spam", "")
        outcomes.resolve(MODERATOR, report.pk, WARN, "no advertising")
        assert (notices_to(ALICE), notices_to(CHARLIE), notices_to("dave")) == (
            [reporter_notice()],
            [reporter_notice()],
            [],
        )

    def test_reporter_notified_once_per_report(self, report: Report) -> None:
        outcomes.resolve(MODERATOR, report.pk, DISMISS, REASON)
        again = filing.file_report(ALICE, report.target, "spam", "")
        assert notices_to(ALICE) == [reporter_notice()]
        outcomes.resolve(MODERATOR, again.pk, DISMISS, REASON)
        assert notices_to(ALICE) == [reporter_notice()] * 2

    def test_reporters_notified_in_portions(self, group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outcomes, "MAX_NOTIFIED_AT_ONCE", 2)
        people = [f"user{number}" for number in range(5)]
        services.add_members(group.pk, people)
        target = f"m:{write(BOB, group.pk, 'more gold')}"
        filed = [filing.file_report(userid, target, "spam", "") for userid in (ALICE, *people)]
        filing.file_by_rule(7, int(target[2:]))
        outcomes.resolve(MODERATOR, filed[0].pk, DISMISS, REASON)
        assert [notices_to(userid) for userid in (ALICE, *people)] == [[reporter_notice()]] * 6


class TestRefused:
    def test_handling_reports_needs_the_permission(self, report: Report) -> None:
        for act in (
            partial(outcomes.claim, NOBODY, report.pk),
            partial(outcomes.release, NOBODY, report.pk),
            partial(outcomes.resolve, NOBODY, report.pk, DISMISS, REASON),
        ):
            with pytest.raises(RoleMissing):
                act()
        assert entries() == [("refused", f"r:{report.pk}")] * 3
        assert state(report) == (OPEN, "")

    def test_outcome_needs_the_permission_of_its_action(self, report: Report) -> None:
        only = Moderator("only", "", frozenset({HANDLE_REPORTS}))
        with pytest.raises(RoleMissing) as raised:
            outcomes.resolve(only, report.pk, MUTE, REASON)
        assert raised.value.permission == ACT_ON_PEOPLE
        assert entries() == [("refused", f"r:{report.pk}")]
        outcomes.resolve(only, report.pk, DISMISS, REASON)

    def test_only_superusers_resolve_reports_about_staff(self, report: Report) -> None:
        User.objects.filter(pk=BOB).update(is_staff=True)
        for outcome in (WARN, MUTE, BAN, RECALL):
            with pytest.raises(ProtectedPerson):
                outcomes.resolve(MODERATOR, report.pk, outcome, REASON)
        assert entries() == [("refused", f"r:{report.pk}")] * 4
        superuser = MODERATOR._replace(is_superuser=True)
        outcomes.resolve(superuser, report.pk, WARN, REASON)

    def test_report_about_oneself_is_protected(self, report: Report) -> None:
        bob = Moderator(BOB, "", ALL_PERMISSIONS)
        for outcome in (DISMISS, RECALL):
            with pytest.raises(ProtectedPerson):
                outcomes.resolve(bob, report.pk, outcome, REASON)
        with pytest.raises(ProtectedPerson):
            outcomes.claim(bob, report.pk)
        assert state(report) == (OPEN, "")

    @pytest.mark.parametrize("reason", ["", " ", "\u200b\u2060"])
    def test_resolving_a_report_needs_a_reason(self, report: Report, reason: str) -> None:
        with pytest.raises(NoReason):
            outcomes.resolve(MODERATOR, report.pk, DISMISS, reason)
        assert state(report) == (OPEN, "")

    def test_outcome_with_end_in_the_past_is_rejected(self, report: Report) -> None:
        with pytest.raises(PastTime):
            outcomes.resolve(MODERATOR, report.pk, MUTE, REASON, 1)
        assert state(report) == (OPEN, "")
        assert silent_of([BOB]) == {}

    def test_resolving_claimed_or_resolved_report_conflicts(self, report: Report) -> None:
        outcomes.claim(ANOTHER, report.pk)
        with pytest.raises(Conflict, match="another has claimed"):
            outcomes.resolve(MODERATOR, report.pk, BAN, REASON)
        outcomes.resolve(ANOTHER, report.pk, DISMISS, REASON)
        for moderator in (MODERATOR, ANOTHER):
            with pytest.raises(Conflict, match="another has resolved"):
                outcomes.resolve(moderator, report.pk, BAN, REASON)
        assert silent_of([BOB]) == {}

    def test_missing_report_rejected(self, report: Report) -> None:
        for act in (
            partial(outcomes.claim, MODERATOR, 999_999),
            partial(outcomes.release, MODERATOR, 999_999),
            partial(outcomes.resolve, MODERATOR, 999_999, DISMISS, REASON),
        ):
            with pytest.raises(UnknownReport):
                act()


@pytest.mark.django_db(transaction=True)
def test_simultaneous_resolutions_apply_once(report: Report) -> None:
    done = at_once(
        partial(outcomes.resolve, MODERATOR, report.pk, WARN, "the first"),
        partial(outcomes.resolve, ANOTHER, report.pk, WARN, "the second"),
    )
    assert sum(isinstance(one, Conflict) for one in done) == 1
    assert notices_to(ALICE) == [reporter_notice()]
    assert len(notices_to(BOB)) == 1


def test_reports_resolved_together_mute_notify_and_strike_once(group: Group) -> None:
    texts = [write(BOB, group.pk, text) for text in ("buy gold", "buy silver", "buy tin")]
    reports = [filing.file_report(ALICE, f"m:{id_}", "spam", "") for id_ in texts]
    ids = [report.pk for report in [*reports, filing.file_report(ALICE, f"u:{BOB}", "spam", "")]]
    assert outcomes.grouped_by_person(MODERATOR, ids, [MUTE]) == [ids]
    before = len(notices_to(BOB)), len(notices_to(ALICE))

    resolved = outcomes.resolve_together(MODERATOR, ids, [MUTE], "advertising", LATER)

    assert [action for action, _ in entries()] == ["person.mute", *["report.resolve"] * 4]
    mute = AuditEntry.objects.get(action="person.mute")
    assert [entry.details["entries"] for entry in resolved] == [[mute.pk]] * 4
    assert (len(notices_to(BOB)), len(notices_to(ALICE))) == (before[0] + 1, before[1] + 1)
    assert queue.strikes_of([BOB]) == {BOB: 1}
    undo(MODERATOR, mute.pk, "a mistake")
    assert silent_of([BOB]) == {}


def test_reports_recalled_together_notify_once_and_undo_separately(group: Group) -> None:
    texts = [write(BOB, group.pk, text) for text in ("buy gold", "buy silver")]
    ids = [filing.file_report(ALICE, f"m:{id_}", "spam", "").pk for id_ in texts]
    before = len(notices_to(BOB))
    resolved = outcomes.resolve_together(MODERATOR, ids, [RECALL], "advertising")
    assert set(recalls_of(texts)) == set(texts)
    assert len(notices_to(BOB)) == before + 1
    for entry, text in zip(resolved, texts, strict=True):
        (own,) = AuditEntry.objects.filter(pk__in=entry.details["entries"])
        assert own.target == f"m:{text}"


def test_report_claimed_by_another_does_not_block_the_others(group: Group) -> None:
    ids = [
        filing.file_report(ALICE, target, "spam", "").pk
        for target in (f"u:{BOB}", f"m:{write(BOB, group.pk, 'x')}")
    ]
    outcomes.claim(ANOTHER, ids[0])
    assert outcomes.grouped_by_person(MODERATOR, ids) == [[ids[0]], [ids[1]]]
    assert outcomes.grouped_by_person(ANOTHER, ids) == [ids]
    assert outcomes.grouped_by_person(ANOTHER, ids, [RECALL]) == [[ids[0]], [ids[1]]]
