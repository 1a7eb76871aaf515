"""What the log is told of refusals."""

import logging

import pytest
from pytest_django import Settings

from accounts import refusals
from accounts.access import Forbidden
from accounts.authentication.authentication import AccountBanned, UnknownPerson
from accounts.authentication.proofs import BadToken, Fault
from accounts.codes import Cause
from accounts.refusals import PERIOD_SECONDS, Refusal, Refusals
from tests.support.settings import override

KEY = f"im66key.{'0' * 16}.{'x' * 43}"
BOB = Refusal("addmembers", "bob", "10.0.0.7", "you are not in this group")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def refusal_log(clock: Clock, settings: Settings) -> Refusals:
    """Lists two in a minute."""
    override(settings, logged_refusals=2)
    return Refusals(clock)


def test_refusal_log_has_userid_address_and_reason(
    refusal_log: Refusals, caplog: pytest.LogCaptureFixture
) -> None:
    refusal_log.log(BOB)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("accounts.refusals", logging.WARNING)
    assert record.getMessage() == "Refused: addmembers by 'bob' from 10.0.0.7: you are not in this group"


@pytest.mark.parametrize("claimed", ["b\nRefused: x", "b" * 65, KEY])
def test_invalid_userid_is_hidden_in_log(
    refusal_log: Refusals, claimed: str, caplog: pytest.LogCaptureFixture
) -> None:
    refusal_log.log(BOB._replace(userid=claimed))
    assert caplog.messages == ["Refused: addmembers by somebody from 10.0.0.7: you are not in this group"]


def test_refusal_without_userid_is_logged_as_somebody(
    refusal_log: Refusals, caplog: pytest.LogCaptureFixture
) -> None:
    refusal_log.log(BOB._replace(userid="", address=""))
    assert caplog.messages == ["Refused: addmembers by somebody from nowhere: you are not in this group"]


def test_the_network_of_a_subscriber_is_written_as_one(
    refusal_log: Refusals, caplog: pytest.LogCaptureFixture
) -> None:
    refusal_log.log(BOB._replace(address=str(0x20010DB8_00000007)))
    assert "from 2001:db8:0:7::/64:" in caplog.text


def test_a_flood_is_counted(refusal_log: Refusals, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        refusal_log.log(BOB)
    listed = "Refused: addmembers by 'bob' from 10.0.0.7: you are not in this group"
    first_lines = "Refused: more than 2 in a minute, the others of it are only counted"
    assert caplog.messages == [listed, listed, first_lines]
    clock.now += PERIOD_SECONDS
    refusal_log.log(BOB)
    assert caplog.messages[3:] == ["Refused: 3 more, which are not listed", listed]


def test_a_new_minute_lists_again(
    refusal_log: Refusals, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(6):
        refusal_log.log(BOB)
        clock.now += PERIOD_SECONDS / 2
    assert len(caplog.messages) == 6
    assert len(set(caplog.messages)) == 1


def test_forget_resets_refusal_count(refusal_log: Refusals, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        refusal_log.log(BOB)
    caplog.clear()
    refusal_log.forget()
    refusal_log.log(BOB)
    assert len(caplog.messages) == 1
    assert "by 'bob'" in caplog.text


def test_logged_refusals_can_be_zero(
    refusal_log: Refusals, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    override(settings, logged_refusals=0)
    refusal_log.log(BOB)
    refusal_log.log(BOB)
    assert caplog.messages == ["Refused: more than 0 in a minute, the others of it are only counted"]


def test_a_call_is_named_by_its_path(caplog: pytest.LogCaptureFixture) -> None:
    for path in ("/upload/avatar", "/wsim/upload/avatar/"):
        refusals.log_denial(Forbidden(Cause.MUTED), path, "bob", "10.0.0.7")
    assert caplog.messages == ["Refused: upload/avatar by 'bob' from 10.0.0.7: You are muted."] * 2


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        (BadToken(Fault.EXPIRED), "by 'bob' from 10.0.0.7: the token has expired"),
        (BadToken(Fault.OUT_OF_SCOPE), "by 'bob' from 10.0.0.7: the API key is not for this"),
        (AccountBanned("alice"), "by 'alice' from 10.0.0.7: This account is locked."),
        (UnknownPerson("alice"), "by 'alice' from 10.0.0.7: There is no such user."),
        (Forbidden(Cause.NOT_OWNER), "by 'bob' from 10.0.0.7: Only owners of the group can do that."),
    ],
)
def test_the_reason_is_in_english(denied: Exception, expected: str, caplog: pytest.LogCaptureFixture) -> None:
    refusals.log_denial(denied, "/grpinfo", "bob", "10.0.0.7")  # type: ignore[arg-type]
    assert caplog.messages == [f"Refused: grpinfo {expected}"]
