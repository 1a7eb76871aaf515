"""A bot that answers: python example.py https://chat.example.com echo

IM66_TOKEN has its token, where one is needed.
"""

import os
import sys

from im66_client import Client
from im66_client.types import Message

bot = Client(sys.argv[1], userid=sys.argv[2], token=os.environ.get("IM66_TOKEN"))


@bot.on("message")
async def answer(message: Message) -> None:
    if message["kind"] == "text":
        await bot.send(message["conversation"], f"You wrote: {message['content']}")


bot.run()
