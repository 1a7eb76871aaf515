"""Files that take much longer to open than to send."""

import asyncio

from PIL import Image

from bench import web
from bench.attacks.attack import Attack, Target
from bench.members import make_group
from testkit import recordings

SIDE, FACES = 12_200, 9


async def avatars(target: Target) -> None:
    """Nine members have avatars of few bytes and many pixels, in a group that is requested again and
    again."""
    people = [f"face{number}" for number in range(FACES)]
    for number, userid in enumerate(people):
        await web.upload(target.port, f"avatar?userid={userid}", _huge(number))
    await target.start()
    await asyncio.to_thread(make_group, target.port, people)

    async def look() -> None:
        await web.call(target.port, "grpinfo", groupid="1")
        await asyncio.sleep(0.5)

    await target.repeat(look, callers=1)


async def videos(target: Target) -> None:
    """Three clients upload videos of twenty seconds that must be encoded."""
    film = recordings.film(container="mov", codec="mpeg4", size=(1280, 720), seconds=20)
    await target.start()
    # Each is different.
    uploads = [
        asyncio.create_task(web.upload(target.port, "writev3", film + bytes([number]))) for number in range(3)
    ]
    done, _ = await asyncio.wait(uploads, timeout=2 * target.seconds)
    target.done += len(done)


def _huge(number: int) -> bytes:
    picture = Image.new("1", (SIDE, SIDE))
    picture.paste(1, (0, 0, 1 + number, 1))
    return recordings.photo(picture, "PNG")


ATTACKS = {"avatars": Attack(avatars, pictures=True), "videos": Attack(videos, pictures=True)}
