"""The operator tells many people something: each of them once, and only those it is for."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.erasing import shut_out
from accounts.models import CustomFields, User
from chat.services import service_texts
from log.models import Group, Message, Privacy
from moderation import announcements
from moderation.actions import people
from moderation.announcements import Audience, claim, count_recipients, resume, send_portion, start, stop
from moderation.counting import addresses
from moderation.models import Announcement, AuditEntry
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.moderators import MODERATOR, REASON
from tests.support.settings import override

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "We are back at ten."
DESK = "im66-desk"


@pytest.fixture(autouse=True)
def slowly(group: Group, settings: Settings) -> None:
    """One person at a time."""
    override(settings, announcements_per_second=1)


def got() -> list[str]:
    messages = Message.objects.filter(sender=DESK, content=TEXT).order_by("pk")
    return list(messages.values_list("recipient", flat=True))


def run(most: int = 100) -> Announcement:
    """As a process that sends it does, at most so many portions."""
    for _ in range(most):
        if (announcement := claim("this process")) is None:
            break
        send_portion(announcement)
    return Announcement.objects.latest("pk")


def test_announcement_reaches_each_person_once() -> None:
    made, _ = start(MODERATOR, "news", TEXT, Audience())
    assert made.total == count_recipients(Audience()) == User.objects.exclude(pk=DESK).count()
    done = run()
    assert (done.state, done.sent) == ("done", made.total)
    assert sorted(got()) == sorted(User.objects.exclude(pk=DESK).values_list("pk", flat=True))
    assert AuditEntry.objects.get(action="announcement.make").details["text"] == TEXT
    assert start(MODERATOR, "news", TEXT, Audience()) == (done, False)
    with pytest.raises(announcements.NameTaken):
        start(MODERATOR, "news", "something else", Audience())
    run()
    assert len(got()) == made.total


def test_audience_filters_choose_recipients(group: Group) -> None:
    fields: list[tuple[str, dict[str, object]]] = [
        (ALICE, {"floor": 3}),
        (BOB, {"floor": "3", "is lead": True}),
        (CHARLIE, {"floor": None}),
    ]
    for userid, values in fields:
        CustomFields.objects.create(user_id=userid, values=values)
    addresses.record_logins({BOB: "192.0.2.7"}, timezone.now() - timedelta(days=3))
    addresses.record_logins({CHARLIE: "192.0.2.7"}, timezone.now())

    def names(to: Audience) -> list[str]:
        return sorted(announcements.recipients_of(to).values_list("pk", flat=True))

    assert names(Audience(group=group.pk)) == [ALICE, BOB]
    assert names(Audience(field="floor", value=3)) == [ALICE]
    assert names(Audience(field="floor", value="3")) == [BOB]
    assert names(Audience(field="is lead", value=True)) == [BOB]
    assert names(Audience(active_since=timezone.now() - timedelta(days=1))) == [CHARLIE]
    assert names(Audience(group=group.pk, active_since=timezone.now() - timedelta(days=5))) == [BOB]


def test_audience_matches_custom_field_of_any_name() -> None:
    fields = CustomFields.objects.create(user_id=ALICE, values={})
    for strange in ("x' OR 1=1", "a.b", "$", "[0]", "3 floors", "%s", "部门"):
        to = Audience(field=strange, value="3")
        fields.values = {}
        fields.save()
        assert count_recipients(to) == 0, strange
        fields.values = {strange: "3"}
        fields.save()
        assert count_recipients(to) == 1, strange


def test_announcement_ignores_privacy_settings_and_skips_banned_and_erased() -> None:
    Privacy.objects.create(user_id=ALICE, write="nobody", find="nobody", direct="nobody")
    people.ban(MODERATOR, BOB, REASON)
    shut_out(CHARLIE)
    start(MODERATOR, "news", TEXT, Audience())
    run()
    assert ALICE in got()
    assert not {BOB, CHARLIE}.intersection(got())


def test_person_banned_while_sending_is_skipped() -> None:
    start(MODERATOR, "news", TEXT, Audience())
    run(1)
    people.ban(MODERATOR, CHARLIE, REASON)
    run()
    assert CHARLIE not in got()


def test_resending_after_crash_has_no_duplicates() -> None:
    start(MODERATOR, "news", TEXT, Audience())
    run(2)
    # The process ends after the messages, and before its place is stored.
    Announcement.objects.update(after="", sent=0)
    run()
    assert len(got()) == len(set(got())) == count_recipients(Audience())


def test_announcement_stops_and_resumes_at_its_position() -> None:
    made, _ = start(MODERATOR, "news", TEXT, Audience())
    run(1)
    assert stop(MODERATOR, made)
    assert not stop(MODERATOR, made)
    assert run().state == "stopped"
    assert len(got()) == 1
    assert resume(MODERATOR, made)
    assert run().state == "done"
    assert len(got()) == made.total
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == [f"announcement.{action}" for action in ("make", "stop", "resume")]


def test_portion_claimed_before_the_stop_sends_nothing() -> None:
    made, _ = start(MODERATOR, "news", TEXT, Audience())
    stale = claim("this process")
    assert stale
    stop(MODERATOR, made)
    send_portion(stale)
    assert got() == []
    assert Announcement.objects.get().state == "stopped"


def test_second_sender_takes_over_expired_claim() -> None:
    start(MODERATOR, "news", TEXT, Audience())
    assert claim("first")
    assert claim("second") is None
    assert claim("first")
    Announcement.objects.update(held_until=time.time() - 1)
    assert claim("second")
    assert claim("first") is None


def test_second_sender_takes_over_after_clock_set_back() -> None:
    start(MODERATOR, "news", TEXT, Audience())
    assert claim("first")
    Announcement.objects.update(held_until=time.time() + 3600)
    assert claim("second")
    assert claim("first") is None


def test_announcement_stops_when_service_cannot_write(settings: Settings) -> None:
    service_texts.send_text(ALICE, "hello")
    start(MODERATOR, "news", TEXT, Audience())
    User.objects.filter(pk=DESK).update(muted=True)
    stopped = run()
    assert stopped.state == "stopped"
    assert "cannot write" in stopped.problem
    override(settings, desk_userid="")
    with pytest.raises(service_texts.ServiceAccountUnusable):
        start(MODERATOR, "more news", TEXT, Audience())


def test_running_announcements_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "MAX_RUNNING", 1)
    made, _ = start(MODERATOR, "news", TEXT, Audience())
    with pytest.raises(announcements.TooManyRunning):
        start(MODERATOR, "more news", TEXT, Audience())
    assert start(MODERATOR, "news", TEXT, Audience()) == (made, False)
