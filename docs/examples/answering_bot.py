"""python answering_bot.py https://chat.example <secret>: answers who mentions it, word by word, and `/roll`.

It needs `pip install im66-client`."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from typing import Any

from im66_client import Bot

bot = Bot(*sys.argv[1:3])


@bot.command("roll", "Rolls a die")
async def roll(message: dict[str, Any], rest: str) -> str:
    return f"{message['from']} rolls {random.randint(1, 6)}"


@bot.answer
async def answer(message: dict[str, Any]) -> AsyncIterator[str]:
    for word in f"You asked: {message['content']}. Here a model would answer, word by word.".split(" "):
        yield f"{word} "
        await asyncio.sleep(0.1)


bot.run()
