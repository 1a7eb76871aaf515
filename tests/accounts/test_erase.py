"""Of a person who is erased, the userid stays, and nothing else."""

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group as Role
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.erasing import blank, shut_out
from accounts.models import Invitation, User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice", PASSWORD, nickname="Alice", avatar="/media/alice.jpg")


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob", PASSWORD, nickname="Bob")


class TestShutOut:
    def test_the_person_is_logged_out_everywhere_and_banned_for_good(self, alice: User, bob: User) -> None:
        browsers = [Client(), Client()]
        for browser, person in zip(browsers, (alice, bob), strict=True):
            browser.force_login(person)
        before = alice.proofs_from
        shut_out("alice")
        alice.refresh_from_db()
        assert not alice.is_active
        assert alice.banned_until is None
        assert alice.proofs_from > before
        assert not alice.check_password(PASSWORD)
        assert [session.get_decoded()["_auth_user_id"] for session in Session.objects.all()] == ["bob"]

    def test_shut_out_makes_temporary_ban_permanent(self, alice: User) -> None:
        shut_out("alice")
        shut_out("alice")
        alice.refresh_from_db()
        assert not alice.is_active

    def test_shut_out_needs_existing_person(self) -> None:
        with pytest.raises(User.DoesNotExist):
            shut_out("nobody")


class TestBlank:
    def test_erasure_blanks_only_the_persons_own_profile(self, alice: User, bob: User) -> None:
        blank("alice")
        alice.refresh_from_db()
        assert (alice.nickname, alice.avatar, alice.standing_reason) == ("", "", "")
        assert User.objects.get(pk="bob").nickname == "Bob"

    def test_staff_is_none_any_more(self) -> None:
        boss = User.objects.create_superuser("boss", PASSWORD)
        boss.groups.add(Role.objects.create(name="Any"))
        blank("boss")
        boss.refresh_from_db()
        assert (boss.is_staff, boss.is_superuser, boss.groups.count()) == (False, False, 0)

    def test_invitations(self, alice: User, bob: User) -> None:
        make = Invitation.objects.create
        make(digest="for her", userid="alice")
        make(digest="used by her", used_by=alice)
        make(digest="by her, for somebody", made_by=alice)
        make(digest="by her, used", made_by=alice, used_by=bob, used_at=alice.date_joined)
        blank("alice")
        assert [one.digest for one in Invitation.objects.all()] == ["by her, used"]

    def test_blank_clears_admin_history(self, alice: User, bob: User) -> None:
        for person in (alice, bob):
            LogEntry.objects.log_actions(bob.pk, User.objects.filter(pk=person.pk), CHANGE, "Renamed")
        blank("alice")
        noted = dict(LogEntry.objects.values_list("object_id", "change_message"))
        assert noted == {"alice": "", "bob": "Renamed"}

    def test_failed_logins(self, alice: User) -> None:
        for userid in ("alice", "bob"):
            AccessAttempt.objects.create(username=userid, failures_since_start=1)
        blank("alice")
        assert [one.username for one in AccessAttempt.objects.all()] == ["bob"]

    def test_failed_logins_with_the_userid_in_capital_letters(self, alice: User) -> None:
        User.objects.create(pk="ALICE")
        for userid in ("Alice", "ALICE"):
            AccessAttempt.objects.create(username=userid, failures_since_start=1)
        blank("alice")
        assert [one.username for one in AccessAttempt.objects.all()] == ["ALICE"]
