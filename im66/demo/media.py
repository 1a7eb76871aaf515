"""Stores the files of the demo, in the same way as uploads."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from asgiref.sync import async_to_sync, sync_to_async
from django.core.files.uploadedfile import TemporaryUploadedFile

from accounts.demo_people import DEMO_PEOPLE
from uploads import services
from uploads.places import conversion_slot
from uploads.selectors import media_path
from uploads.worker.tasks import TaskKind

FILES = Path(__file__).parent / "files"
_KINDS: Mapping[str, TaskKind] = {
    **{f"{userid}.jpg": TaskKind.AVATAR for userid in DEMO_PEOPLE},
    "lake.jpg": TaskKind.PICTURE,
    "route.png": TaskKind.PICTURE,
    "evening.jpg": TaskKind.PICTURE,
    "melody.ogg": TaskKind.VOICE,
    "film.mp4": TaskKind.VIDEO,
}


class Media(NamedTuple):
    """`paths`: the paths of the stored files for messages and profiles, by name. `failed`: the reasons why
    the other files are missing."""

    paths: dict[str, str]
    failed: dict[str, str]


def store_all() -> Media:
    """Store every file that can be stored. The paths have no host, because without a media host the server
    does not know its own address: a client completes them."""
    return _sorted(async_to_sync(_store_all)())


async def _store_all() -> list[str | BaseException]:
    stored = (_store(FILES / name, kind) for name, kind in _KINDS.items())
    return await asyncio.gather(*stored, return_exceptions=True)


def _sorted(results: list[str | BaseException]) -> Media:
    media = Media({}, {})
    for file, result in zip(_KINDS, results, strict=True):
        name = Path(file).stem
        if isinstance(result, str):
            media.paths[name] = result
        elif isinstance(result, Exception):
            media.failed[name] = str(result) or type(result).__name__
        else:
            raise result  # the process is being ended
    return media


async def _store(file: Path, kind: TaskKind) -> str:
    """Store the file and return its path."""
    upload = await sync_to_async(_uploaded)(file)
    with upload:
        async with conversion_slot(_places_of(kind), ()):
            return media_path(await services.store(upload, [kind], "demo"))


def _uploaded(file: Path) -> TemporaryUploadedFile:
    content = file.read_bytes()
    upload = TemporaryUploadedFile("demo", "", len(content), None)
    upload.write(content)
    upload.flush()
    return upload


def _places_of(kind: TaskKind) -> TaskKind:
    """Return the kind whose queue the file waits in. Avatars wait in the queue of pictures."""
    return TaskKind.PICTURE if kind == TaskKind.AVATAR else kind
