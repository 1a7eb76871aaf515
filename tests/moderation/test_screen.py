"""What rules do to what people write."""

import pytest

from accounts.texts import ScreenVerdict, TextRefused
from chat.failures import CommandRefused
from chat.protocol.commands import Send
from chat.services.screening import screened
from log.rows import HELD
from moderation.rules import registry
from moderation.rules.patterns import HOST
from moderation.rules.registry import Registry
from moderation.rules.ruleset import Ruleset, Spec
from moderation.rules.screening import Screening
from moderation.rules.service import add_rules
from tests.support.moderators import MODERATOR, REASON


@pytest.fixture(autouse=True)
def current(monkeypatch: pytest.MonkeyPatch) -> Registry:
    mine = Registry()
    mine.rules = Ruleset(
        [Spec(n, name, "word", name) for n, name in enumerate(("block", "hold", "mask", "flag"))]
    )
    mine.is_read = True
    monkeypatch.setattr(registry, "current", mine)
    return mine


def test_screening_passes_masks_holds_or_refuses_text() -> None:
    check = Screening().check
    assert check("alice", "bob", "hello") is None
    assert check("alice", "bob", "a mask!") == ScreenVerdict("a ****!")
    assert check("alice", 10, "hold it") == ScreenVerdict("hold it", is_held=True)
    with pytest.raises(TextRefused):
        check("alice", "bob", "block")


def test_flagged_text_is_accepted() -> None:
    assert Screening().check("alice", "bob", "flag") is None


def test_screening_counts_rule_hits(current: Registry) -> None:
    assert not Screening().lets("bob", "mask")
    assert Screening().lets("bob", "flag it")
    assert not current.has_hits, "a text that still grows is looked at more than once"
    Screening().check("alice", "bob", "mask")
    assert current.has_hits


@pytest.mark.django_db
def test_first_text_of_a_process_is_screened(monkeypatch: pytest.MonkeyPatch) -> None:
    add_rules(MODERATOR, ["spam"], REASON, effect="mask")
    monkeypatch.setattr(registry, "current", Registry())
    assert Screening().check("alice", "bob", "spam") == ScreenVerdict("****")


def test_unpaired_surrogates_are_screened_without_error() -> None:
    assert Screening().check("alice", "bob", "\ud800 mask \udfff") == ScreenVerdict("\ud800 **** \udfff")


def test_picture_urls_are_screened_by_host_rules_only(current: Registry) -> None:
    current.rules = Ruleset(
        [
            Spec(1, "evil.example", HOST, "block"),
            Spec(2, "odd.example", HOST, "hold"),
            Spec(3, "dull.example", HOST, "mask"),
            Spec(4, "abc", "literal", "block"),
        ]
    )
    for host in ("a.evil.example", "dull.example"):
        with pytest.raises(CommandRefused):
            screened("alice", Send("picture", "bob", f"http://{host}/abc-1x1.jpg", ""))
    held = screened("alice", Send("video", "bob", "http://odd.example/a-1x1.mp4", ""))
    assert held == (HELD, "http://odd.example/a-1x1.mp4")
    kept = screened("alice", Send("picture", "bob", "http://chat.example/abc-1x1.jpg", ""))
    assert kept == ("picture", "http://chat.example/abc-1x1.jpg")
