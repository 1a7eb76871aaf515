"""Fetches and stores a preview of the first link of each new message.

A log reader queues links in memory, and the same process fetches them. So messages do not wait for previews,
and links that are queued when the process ends get none.
"""

import asyncio
import json
import logging
import re
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction

from accounts.limits.buckets import Buckets, Rate
from chat.delivery.runtime import Runtime
from chat.models import LinkPreview, LogReader
from chat.protocol.events import PreviewReady
from chat.protocol.kinds import WRITTEN
from chat.readers.reader import Reader, Write
from chat.signals import preview_ready
from log.amendments import latest_of
from log.file_references import note_picture
from log.models import Membership, Message
from log.positions import last_id
from log.rows import Entry, LogId, Recipient, Row
from notifications.addresses import Resolver
from notifications.previews import child, fetching
from notifications.previews.fetching import FetchedFile, FetchFailed
from uploads import disk_space, services
from uploads.places import Busy, conversion_slot
from uploads.selectors import media_path
from uploads.worker.tasks import TaskKind, UploadRejected

logger = logging.getLogger(__name__)

# Links of older messages are ignored, and at most MAX_WAITING links wait.
OLDEST_SECONDS, MAX_WAITING = 60.0, 100
# Concurrent fetches, and links per person and minute.
MAX_CONCURRENT_FETCHES, RATE_PER_PERSON = 4, Rate(10, 60)
CHILD_SECONDS = 10.0
_POLL_SECONDS = 0.5
# A link further into a text has no preview. Chinese, Japanese and Korean letters end a link, as in the web
# client.
_MAX_CHARACTERS = 4000
_LINK = re.compile(r"https?://[^\s<>\"'`|\\^{}\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]{4,2000}")
_ENDS_A_SENTENCE = ".,;:!?*~)]"


class NotedLink(NamedTuple):
    message: LogId
    sender: str
    to: Recipient
    url: str


_waiting: deque[NotedLink] = deque(maxlen=MAX_WAITING)
_people = Buckets(RATE_PER_PERSON)


class Previews(Reader):
    name = "previews"

    def prepare(self, rows: Sequence[Row]) -> Write:
        return partial(_waiting.extend, list(_links(rows)))


def skip_missed_messages() -> None:
    """Skip the messages that were sent while no process fetched previews."""
    LogReader.objects.update_or_create(name=Previews.name, defaults={"cursor": last_id()})


def link_in(text: str) -> str:
    """Return the first URL in the text; empty if there is none."""
    match = _LINK.search(text[:_MAX_CHARACTERS])
    return match[0].rstrip(_ENDS_A_SENTENCE) if match else ""


def _links(rows: Sequence[Row]) -> Iterator[NotedLink]:
    oldest = time.time() - OLDEST_SECONDS
    for row in rows:
        if isinstance(row, Entry) and row.kind in WRITTEN and row.time > oldest:
            url = link_in(row.content)
            if url and not _people.take(row.sender):
                yield NotedLink(row.id, row.sender, row.to, url)


async def fetch_previews(runtime: Runtime) -> None:
    """Fetch previews of the queued links until cancelled."""
    resolver = Resolver()
    under_way: set[asyncio.Task[None]] = set()
    try:
        while True:
            while _waiting and len(under_way) < MAX_CONCURRENT_FETCHES:
                task = asyncio.create_task(_fetch_and_store(_waiting.popleft(), resolver))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        for task in under_way:
            task.cancel()
        resolver.close()


async def _fetch_and_store(link: NotedLink, resolver: Resolver) -> None:
    try:
        preview = await fetch_preview(link.url, resolver)
        if preview is not None:
            await sync_to_async(store_preview)(link, preview)
    except FetchFailed:
        return
    except Exception:
        logger.exception("A link has no preview.")


async def fetch_preview(url: str, resolver: Resolver) -> LinkPreview | None:
    """Return an unsaved preview of the page; None if the page has no title. Raises FetchFailed."""
    page = await fetching.fetch_page(url, resolver)
    properties = await read_page(page)
    if not properties.get("title"):
        return None
    picture = properties.pop("picture", "")
    site = properties.pop("site", "") or urlsplit(page.url).hostname or ""
    stored = ""
    if picture and not disk_space.is_short_for_uploads():
        with suppress(FetchFailed, UploadRejected, Busy, ValueError):
            stored = await _store_picture(await fetching.fetch_picture(urljoin(page.url, picture), resolver))
    return LinkPreview(url=url, site=site[: child.LONGEST["site"]], picture=stored, **properties)


async def read_page(page: FetchedFile) -> dict[str, str]:
    """Parse the page's metadata in a separate process. Return an empty dictionary if that fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(Path(child.__file__)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(CHILD_SECONDS):
            output, _ = await process.communicate(page.type.encode("latin-1", "replace") + b"\n" + page.body)
        properties = json.loads(output)
        return {name: str(properties[name])[:longest] for name, longest in child.LONGEST.items()}
    except (TimeoutError, ValueError, KeyError, TypeError):
        return {}
    finally:
        if process.returncode is None:
            process.kill()


async def _store_picture(picture: FetchedFile) -> str:
    """Store the picture, re-encoded by a separate process. Return its path."""
    upload = TemporaryUploadedFile("preview", "", len(picture.body), None)
    with upload:
        await sync_to_async(upload.write)(picture.body)
        await sync_to_async(upload.flush)()
        async with conversion_slot(TaskKind.PICTURE, ()):
            return media_path(await services.store(upload, [TaskKind.AVATAR], "link previews"))


def store_preview(link: NotedLink, preview: LinkPreview) -> None:
    """Store the preview, unless the message was edited, recalled or erased in the meantime."""
    if link.message in latest_of([link.message]):
        return
    preview.message_id = link.message
    with transaction.atomic():
        if not Message.objects.filter(pk=link.message).exclude(content="").exists():
            return
        LinkPreview.objects.bulk_create([preview], ignore_conflicts=True)
        note_picture(link.message, preview.picture)
        event = PreviewReady(link.sender, link.to, link.message, preview.fields, _later_members(link))
        transaction.on_commit(partial(preview_ready.send, sender=LinkPreview, preview=event), robust=True)


def _later_members(link: NotedLink) -> tuple[str, ...]:
    """Return members who joined the group after the message, up to 1000."""
    if isinstance(link.to, str):
        return ()
    late = Membership.objects.current().filter(group=link.to, since_id__gt=link.message)
    return tuple(late.values_list("user", flat=True)[:1000])
