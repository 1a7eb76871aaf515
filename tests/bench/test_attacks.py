"""Every attack is well-formed: it begins when it is told to, does something, and ends. One that is refused
what it prepares ends before it begins."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from bench import apart
from bench.apart import EndedTooSoon, begin
from bench.attacks import ATTACKS
from bench.subjects import LIFTED
from testkit.phone import Phone
from testkit.server import ROOT, Server

pytestmark = [pytest.mark.slow, pytest.mark.wide, pytest.mark.usefixtures("forked")]

# What the others prepare takes longer than a test should, or needs the server's database.
OTHERS = {"slow-readers", "my-groups", "many-stays", "login-flood", "videos", "fold", "reactions", "searches"}
QUICK = sorted({*ATTACKS} - OTHERS)
SECONDS = 0.3


@pytest.fixture(autouse=True)
def _busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who decode pictures may take longer there than a bench waits."""
    monkeypatch.setattr(apart, "ENDING_SECONDS", 120.0)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # Messages may be as large as those that some of them leave unread.
    settings = {
        **LIFTED,
        **ATTACKS["unread-logins"].settings,
        "IM66_MEDIA_WAIT_SECONDS": "300",
    }
    with Server(tmp_path_factory.mktemp("attacked"), **settings) as server:
        yield server


@pytest.fixture(scope="module")
def played(attacked: Server) -> dict[str, Any]:
    """What became of each, in one process. In processes of their own, `test_scenarios` plays some."""
    command = [sys.executable, "-m", "tests.bench.attacks_in_turn", str(attacked.port), str(SECONDS), *QUICK]
    printed = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    data: dict[str, Any] = json.loads(printed)
    return data


@pytest.mark.parametrize("name", QUICK)
def test_attack_waits_for_start_acts_and_ends(played: dict[str, Any], name: str) -> None:
    match played[name]:
        case [1, int(done)]:
            assert done > 0
        case other:
            raise AssertionError(other)


async def test_server_survives_every_attack(attacked: Server) -> None:
    async with Phone(attacked.entry, "alice") as alice, Phone(attacked.entry, "bob") as bob:
        await alice.text("bob", "still here")
        assert await bob.contents(1) == ["still here"]


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It takes neither long texts nor large pictures."""
    settings = {**LIFTED, "IM66_MAX_AVATAR_PIXELS": "1000000"}
    with Server(tmp_path_factory.mktemp("narrow"), **settings) as server:
        yield server


@pytest.mark.parametrize("name", ["unread-logins", "unread-history"])
async def test_attack_with_rejected_messages_does_not_begin(
    narrow: Server, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with apart.attacker(name, narrow.port, SECONDS, {}) as attacker, pytest.raises(EndedTooSoon):
        await apart.attack_ready(attacker)
    assert "Unexpected" in capfd.readouterr().err


async def test_attack_with_rejected_pictures_fails(narrow: Server, capfd: pytest.CaptureFixture[str]) -> None:
    with apart.attacker("avatars", narrow.port, SECONDS, {}) as attacker:
        await apart.attack_ready(attacker)
        begin(attacker)
        with pytest.raises(EndedTooSoon):
            await apart.end_attack(attacker)
    assert "A picture has at most 1000000 pixels." in capfd.readouterr().err
