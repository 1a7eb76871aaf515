"""Which stored files messages refer to."""

import base64
from collections.abc import Iterator
from itertools import chain

from django.db.models import Exists, OuterRef

from chat.models import LinkPreview
from log.models import ARE_MESSAGES, HeldMessage, Message, Sticker
from log.rows import EDIT, RECALL
from log.stored_rows import OFF
from uploads.names import stems_in
from uploads.references import Progress


def stems_of(content: str, extension: str, details: str | None = None) -> set[str]:
    """The first parts of the names: in the content, in a card, in the avatar that clients send with it."""
    texts = (content, extension, _decoded_extension(extension), details or "")
    return {stem for text in texts for stem in stems_in(text)}


def _decoded_extension(extension: str) -> str:
    """The text that clients encode as Base64 with line breaks; empty if `extension` is something else."""
    try:
        return base64.b64decode(extension).decode("utf-8", "replace")
    except ValueError:
        return ""


def message_stems(progress: Progress, leaving: str) -> Iterator[str]:
    """The files in messages, also in those that may still be sent, and in the avatars that clients send with
    them."""
    querysets = (
        Message.objects.filter(ARE_MESSAGES),
        Message.objects.filter(kind=EDIT, details__isnull=False),
        HeldMessage.objects.filter(is_waiting=True),
    )
    of_others = [rows.exclude(sender=leaving) for rows in querysets] if leaving else querysets
    fields = ("content", "extension", "details")
    texts = (rows.values_list(*fields).iterator(chunk_size=2000) for rows in of_others)
    for row in progress(chain.from_iterable(texts), sum(rows.count() for rows in of_others)):
        yield from stems_of(*row)


def restored_message_stems(_progress: Progress, leaving: str) -> Iterator[str]:
    """The files of messages that were restored: the row that did it may outlive the message."""
    rows = Message.objects.filter(kind=RECALL, extension=OFF).exclude(sender=leaving)
    for content in rows.values_list("content", flat=True).iterator(chunk_size=500):
        yield from stems_in(content)


def preview_stems(_progress: Progress, _leaving: str) -> Iterator[str]:
    """The pictures of pages to which messages link."""
    for picture in LinkPreview.objects.exclude(picture="").values_list("picture", flat=True).iterator():
        yield from stems_in(picture)


def sticker_stems(_progress: Progress, leaving: str) -> Iterator[str]:
    """The pictures that people have saved. Those that others have saved from messages of the person who
    leaves go with these."""
    saved = Sticker.objects.exclude(stem="")
    if leaving:
        written = Message.objects.filter(pk=OuterRef("message_id"), sender=leaving)
        saved = saved.exclude(user=leaving).exclude(Exists(written))
    yield from saved.values_list("stem", flat=True).iterator()
