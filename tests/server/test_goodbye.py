"""A goodbye is answered once, whoever asks for that first."""

import asyncio

import pytest

from server import goodbye
from server.goodbye import Goodbye


@pytest.fixture
def said() -> list[str]:
    return []


async def test_a_goodbye_is_answered_when_it_is_asked_for(said: list[str]) -> None:
    bobs = Goodbye(lambda: said.append("goodbye"))
    assert not said
    bobs.answer()
    assert said == ["goodbye"]


async def test_it_is_answered_once(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    monkeypatch.setattr(goodbye, "GOODBYE_SECONDS", 0)
    bobs = Goodbye(lambda: said.append("goodbye"))
    bobs.answer()
    bobs.answer()
    await asyncio.sleep(0.05)
    assert said == ["goodbye"]


async def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    monkeypatch.setattr(goodbye, "GOODBYE_SECONDS", 0.01)
    bobs = Goodbye(lambda: said.append("goodbye"))
    await asyncio.sleep(0.05)
    assert said == ["goodbye"]
    bobs.answer()
    assert said == ["goodbye"]


async def test_who_is_gone_is_not_answered(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    monkeypatch.setattr(goodbye, "GOODBYE_SECONDS", 0)
    bobs = Goodbye(lambda: said.append("goodbye"))
    bobs.forget()
    await asyncio.sleep(0.05)
    bobs.answer()
    assert not said
