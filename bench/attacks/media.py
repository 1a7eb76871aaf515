"""Attacks by pictures and videos that take much longer to decode than to upload."""

import asyncio
from itertools import count

from PIL import Image

from bench import web
from bench.attacks.attack import Attack, AttackedServer
from bench.attacks.replies import expect_refused, expect_stored
from bench.members import make_group
from testkit import recordings

# An avatar may have 50 million pixels.
SIDE, TOO_LONG_SIDE, FACES = 7_000, 12_200, 9
CALLERS = 3


async def avatars(target: AttackedServer) -> None:
    """Three clients upload avatars of nine people, small files with nearly the maximal number of pixels.
    Before each one they upload one with three times as many, which is refused. Another client requests the
    group of the nine."""
    allowed, too_large = _huge(SIDE), _huge(TOO_LONG_SIDE)
    people = [f"face{number}" for number in range(FACES)]
    group = await asyncio.to_thread(make_group, target.port, people)
    await target.start()

    async def show_faces(first: int) -> None:
        for number in count(first, CALLERS):
            if not target.lasts:
                return
            path = f"avatar?userid={people[number % FACES]}"
            # A number after the picture's end makes each one different.
            end = str(number).encode()
            expect_refused(await web.upload(target.port, path, too_large + end))
            expect_stored(await web.upload(target.port, path, allowed + end))

    async def request_group() -> None:
        await web.call(target.port, "grpinfo", groupid=group)
        await asyncio.sleep(0.5)

    await asyncio.gather(target.repeat(request_group, callers=1), *map(show_faces, range(CALLERS)))


async def videos(target: AttackedServer) -> None:
    """Three clients upload videos of twenty seconds that must be encoded."""
    film = recordings.film(container="mov", codec="mpeg4", size=(1280, 720), seconds=20)
    await target.start()
    # Each is different.
    uploads = [
        asyncio.create_task(web.upload(target.port, "writev3", film + bytes([number]))) for number in range(3)
    ]
    done, _ = await asyncio.wait(uploads, timeout=2 * target.seconds)
    for upload in done:
        expect_stored(upload.result())
    target.done += len(done)


def _huge(side: int) -> bytes:
    return recordings.photo(Image.new("1", (side, side)), "PNG")


ATTACKS = {"avatars": Attack(avatars, pictures=True), "videos": Attack(videos, pictures=True)}
