"""Attacks that fill the disk."""

import asyncio
import os
from contextlib import suppress
from itertools import count

from bench import web
from bench.attacks.attack import Attack, Target
from bench.attacks.replies import expect_stored
from bench.frames import client_frame
from bench.sockets import connect, raw
from testkit import recordings

MEGABYTE = 1024 * 1024
MAX_BYTES = 200 * MEGABYTE
TEXT_BYTES = 60_000
_numbers = count()


async def pictures(target: Target) -> None:
    """One client uploads pictures of a megabyte, one after the other."""
    picture = _photo()
    await target.start()

    async def upload() -> None:
        # A number after the picture's end makes each one different.
        expect_stored(await web.upload(target.port, "writev2", picture + str(next(_numbers)).encode()))

    await target.repeat(upload, callers=1)


async def writing(target: Target) -> None:
    """One client writes as fast as the server accepts it, 200 MB at most."""
    socket = await connect(target.port)
    socket.send(b"login_writer")
    await target.start()
    frame = client_frame(b"text_nobody_" + b"x" * TEXT_BYTES + b"_unicast_")
    await target.pour(socket, frame, MAX_BYTES)


async def unfinished_uploads(target: Target) -> None:
    """Ten clients send 19 MB of a file, and then a byte a second."""
    await target.start()
    body = web.form(os.urandom(19 * MEGABYTE))
    await asyncio.gather(*(_never_finish(target, body) for _ in range(10)))


async def _never_finish(target: Target, body: bytes) -> None:
    target.done += 1
    socket = await raw(target.port)
    loop = asyncio.get_running_loop()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(target.seconds):
            await loop.sock_sendall(socket, web.request("/upload/writev3", len(body) + 60, web.MULTIPART))
            await loop.sock_sendall(socket, body)
            while target.lasts:
                await loop.sock_sendall(socket, b"x")
                await asyncio.sleep(1)
    socket.close()


def _photo() -> bytes:
    from PIL import Image

    return recordings.photo(Image.effect_noise((1200, 900), 60).convert("RGB"), "JPEG", quality=95)


ATTACKS = {
    "pictures": Attack(pictures, pictures=True),
    "writing": Attack(writing),
    "unfinished-uploads": Attack(unfinished_uploads, pictures=True),
}
