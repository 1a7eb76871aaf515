"""A client in a process of its own, to be stopped or cut off: writes what it hears line by line, after one
that says that it has sent its login.

Usage: python -m tests.faults.listener URL USERID
"""

import asyncio
import sys
from contextlib import suppress

from testkit.phone import Phone


async def listen(url: str, userid: str) -> None:
    async with Phone(url) as phone:
        await phone.send(f"login_{userid}")
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            with suppress(TimeoutError):  # on a slow link a message may take longer
                sys.stdout.write((await phone.message()).content + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(listen(*sys.argv[1:]))
