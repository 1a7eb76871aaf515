"""Names are spelled in the background, whatever has written them."""

import asyncio
import logging
from collections.abc import Callable

import pytest
from django.db import OperationalError

from accounts.models import User
from accounts.selectors import find_people
from chat.delivery import background, runtime
from chat.delivery.background import MAX_NAMES_PER_BATCH
from log.models import Group

SECONDS = 20.0


async def test_existing_and_new_names_are_spelled(
    group: Group, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(background, "SPELL_SECONDS", 0.05)
    monkeypatch.setattr(background, "POLL_SECONDS", 0.05)
    many = [User(userid=f"user{number}", nickname="单雄信") for number in range(2 * MAX_NAMES_PER_BATCH + 1)]
    await User.objects.abulk_create(many)
    await runtime.current()
    try:
        await suggestions("shan", len(many))
        await User.objects.filter(pk="bob").aupdate(nickname="张三")
        await suggestions("zs", 1)
        assert await User.objects.filter(spelling__contains=" shanxiongxin").acount() == len(many)

        # A database that is away is said once, and asked again.
        requests: list[None] = []

        def away() -> bool:
            requests.append(None)
            raise OperationalError("away")

        spell = background.spell_next_names
        monkeypatch.setattr(background, "spell_next_names", away)
        await User.objects.filter(pk="bob").aupdate(nickname="李四")
        await until(lambda: len(requests) >= 3)
        monkeypatch.setattr(background, "spell_next_names", spell)
        await suggestions("lisi", 1)
        assert [record.levelno for record in caplog.records if "pinyin" in record.message] == [logging.ERROR]
    finally:
        await runtime.close_current()


async def suggestions(text: str, count: int) -> None:
    async with asyncio.timeout(SECONDS):
        while len(await asyncio.to_thread(find_people, text, 1000)) != count:
            await asyncio.sleep(0.02)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.02)
