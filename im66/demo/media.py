"""Makes the files, and stores them as uploads are stored."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from asgiref.sync import async_to_sync, sync_to_async
from django.core.files.uploadedfile import TemporaryUploadedFile

from accounts.demo_people import DEMO_PEOPLE
from im66.demo.people import face
from im66.demo.pictures import evening, lake, route
from im66.demo.sounds import melody
from uploads import services
from uploads.places import place
from uploads.selectors import media_path
from uploads.worker.tasks import Kind

Draw = Callable[[], bytes]


class Media(NamedTuple):
    """`paths`: what a message or a profile says of each file that is stored, by its name. `failed`: why the
    others are not there."""

    paths: dict[str, str]
    failed: dict[str, str]


def store_all() -> Media:
    """Make and store every file. What cannot be made or stored is left out. Without a media host of its own
    the server does not know its address yet, so the paths are for the one that a client uses."""
    return _sorted(async_to_sync(_store_all)())


def _film() -> bytes:
    # Imported here: if the library does not load, the demo has no film, and all the rest.
    from im66.demo.film import film

    return film()


_FILES: Mapping[str, tuple[Kind, Draw]] = {
    **{userid: (Kind.AVATAR, partial(face, userid)) for userid in DEMO_PEOPLE},
    "lake": (Kind.PICTURE, lake),
    "route": (Kind.PICTURE, route),
    "evening": (Kind.PICTURE, evening),
    "melody": (Kind.VOICE, melody),
    "film": (Kind.VIDEO, _film),
}


async def _store_all() -> list[str | BaseException]:
    stored = (_store(kind, draw) for kind, draw in _FILES.values())
    return await asyncio.gather(*stored, return_exceptions=True)


def _sorted(results: list[str | BaseException]) -> Media:
    media = Media({}, {})
    for name, result in zip(_FILES, results, strict=True):
        if isinstance(result, str):
            media.paths[name] = result
        elif isinstance(result, Exception):
            media.failed[name] = str(result) or type(result).__name__
        else:
            raise result  # somebody ends the process
    return media


async def _store(kind: Kind, draw: Draw) -> str:
    """What to say of the file."""
    upload = await sync_to_async(_uploaded)(draw)
    with upload:
        async with place(_places_of(kind), ()):
            return media_path(await services.store(upload, [kind], "demo"))


def _uploaded(draw: Draw) -> TemporaryUploadedFile:
    content = draw()
    upload = TemporaryUploadedFile("demo", "", len(content), None)
    upload.write(content)
    upload.flush()
    return upload


def _places_of(kind: Kind) -> Kind:
    """Avatars wait among the pictures."""
    return Kind.PICTURE if kind == Kind.AVATAR else kind
