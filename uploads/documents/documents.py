"""Files that arrive in pieces: creating, appending, completing, removing."""

import secrets
from datetime import timedelta
from time import monotonic
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from accounts.codes import Failed, Name, gettext_noop
from uploads.documents import naming, parts, scanning
from uploads.documents.outcomes import store
from uploads.documents.parts import Checksum, PartBody, WrongOffset
from uploads.models import Document, StoredFile

MEGABYTE = 1024 * 1024
# The maximum number of unfinished files of one person, and their maximum total size in multiples of the
# maximum file size. An address may have as many as PEOPLE_PER_ADDRESS people.
MAX_UNFINISHED, MAX_UNFINISHED_FULL_SIZES = 10, 5
PEOPLE_PER_ADDRESS = 10
# How long an unfinished file is kept after its last piece, and if no piece has arrived.
LIFETIME, LIFETIME_EMPTY = timedelta(hours=24), timedelta(hours=1)
# How long a complete file waits for a scanner that does not answer.
LIFETIME_WAITING = timedelta(days=7)
SWEEP_SECONDS = 60.0
MAX_SWEPT = 200

State = Document.State
_UNFINISHED = (State.ARRIVING, State.WAITING)


class TooManyUnfinished(Failed):
    """The sender has too many unfinished files, or too many bytes in them."""

    name, retry = Name.TOO_FAST, 60
    text = "Too many files are unfinished."


class UnfinishedFilesFull(Failed):
    """The unfinished files of all people together take too much space."""

    name = Name.TRY_AGAIN
    text = "There is no room for more unfinished files."


class TypeNotAllowed(Failed):
    """The operator does not allow files of this type."""

    name, status = Name.INVALID, 415
    text = gettext_noop("Files of this type can't be sent.")


class TooLarge(Failed):
    """The file has more bytes than a file may have."""

    name = Name.TOO_LONG
    text = "A file has at most %(bytes)d bytes."


class Sender(NamedTuple):
    """`owner`: see counting.owner."""

    owner: str
    address: str


def begin(sender: Sender, client_name: str, size: int) -> Document:
    """Create a file that will arrive in pieces.

    Raises naming.BadName, TypeNotAllowed, TooLarge and TooManyUnfinished.
    """
    name = naming.clean_name(client_name)
    if not is_allowed_name(name):
        raise TypeNotAllowed
    if size > settings.IM66.max_file_bytes:
        raise TooLarge(bytes=settings.IM66.max_file_bytes)
    _sweeper.sweep_if_due()
    _check_unfinished(sender, size)
    id_ = secrets.token_hex(16)
    parts.begin(id_)
    with transaction.atomic():
        return Document.objects.create(
            id=id_,
            owner=sender.owner,
            address=sender.address,
            name=name,
            size=size,
            touched_at=timezone.now(),
        )


def is_allowed_name(name: str) -> bool:
    """Return whether the operator allows files with this name's extension."""
    return naming.is_allowed(name, settings.IM66.file_types)


def _check_unfinished(sender: Sender, size: int) -> None:
    for field, times in (("owner", 1), ("address", PEOPLE_PER_ADDRESS)):
        begun = Document.objects.filter(state__in=_UNFINISHED, **{field: getattr(sender, field)})
        bytes_ = begun.aggregate(Sum("size"))["size__sum"] or 0
        if begun.count() >= times * MAX_UNFINISHED:
            raise TooManyUnfinished
        if bytes_ + size > times * MAX_UNFINISHED_FULL_SIZES * settings.IM66.max_file_bytes:
            raise TooManyUnfinished


def find(id_: str, owner: str) -> Document | None:
    """Return the owner's file with this id, or None."""
    return Document.objects.filter(pk=id_, owner=owner).first()


def offset(document: Document) -> int:
    """Return the number of bytes that have arrived. Raises parts.Gone."""
    return parts.length(document.pk) if document.state == State.ARRIVING else document.size


def lifetime(document: Document) -> timedelta:
    """Return how long an unfinished file is kept after its last piece."""
    return LIFETIME if document.received else LIFETIME_EMPTY


def append(document: Document, body: PartBody, offset: int, length: int, checksum: Checksum | None) -> int:
    """Append a piece of `length` bytes at `offset`, and return the file's new end.

    A complete file is stored, or waits for the scanner. Raises the errors of `parts`, and
    UnfinishedFilesFull.
    """
    if document.state != State.ARRIVING:
        raise WrongOffset
    with parts.locked(document.pk) as part:
        _check_room(length)
        end = parts.append(part, body, offset, document.size, checksum)
        Document.objects.filter(pk=document.pk).update(received=end, touched_at=timezone.now())
        document.received = end
        if end == document.size:
            _complete(document)
    if end == document.size and settings.IM66.file_scanner:
        scanning.wake_scanner()  # after the lock is released, because the scanner needs it
    return end


def _check_room(length: int) -> None:
    held = Document.objects.filter(state__in=_UNFINISHED).aggregate(Sum("received"))["received__sum"] or 0
    if held + length > settings.IM66.max_unfinished_mb * MEGABYTE:
        raise UnfinishedFilesFull


def complete_if_received(document: Document) -> Document:
    """Return the file in its current state. Raises parts.Gone.

    If the file was complete when the process that received it ended, it is stored now.
    """
    if document.state == State.ARRIVING and parts.length(document.pk) == document.size:
        with parts.locked(document.pk):
            document.refresh_from_db()
            if document.state == State.ARRIVING:
                _complete(document)
        document.refresh_from_db()
    if document.state == State.WAITING:
        scanning.wake_scanner()
    return document


def _complete(document: Document) -> None:
    """Store a file that has arrived completely, or queue it for the scanner. Callers hold its lock."""
    if settings.IM66.file_scanner:
        Document.objects.filter(pk=document.pk).update(
            state=State.WAITING, received=document.size, due_at=timezone.now()
        )
    else:
        store(document)


def remove(document: Document) -> None:
    """Remove an unfinished or refused file. A stored file stays until pruned. Raises parts.DocumentBusy."""
    if document.state == State.CLEAN:
        return
    try:
        with parts.locked(document.pk):
            Document.objects.filter(pk=document.pk).exclude(state=State.CLEAN).delete()
            parts.remove(document.pk)
    except parts.Gone:
        Document.objects.filter(pk=document.pk).exclude(state=State.CLEAN).delete()


def remove_unfinished_of(owner: str) -> list[str]:
    """Remove the owner's unfinished and refused files, and clear the owner of the stored files.

    Return the ids of the stored files.
    """
    for document in Document.objects.filter(owner=owner).exclude(state=State.CLEAN):
        remove(document)
    stored = list(Document.objects.filter(owner=owner).values_list("pk", flat=True))
    Document.objects.filter(owner=owner).update(owner="", address="")
    StoredFile.objects.filter(owner=owner).update(owner="")
    return stored


def sweep(max_files: int = MAX_SWEPT) -> None:
    """Remove abandoned files, and the rows of refused files, after their lifetime."""
    now = timezone.now()
    abandoned = Document.objects.filter(
        Q(state__in=(State.ARRIVING, State.INFECTED), touched_at__lt=now - LIFETIME)
        | Q(state=State.ARRIVING, received=0, touched_at__lt=now - LIFETIME_EMPTY)
        | Q(state=State.WAITING, touched_at__lt=now - LIFETIME_WAITING)
    )
    for document in abandoned.order_by("touched_at")[:max_files]:
        try:
            remove(document)
        except parts.DocumentBusy:
            continue


class _Sweeper:
    _next = 0.0

    def sweep_if_due(self) -> None:
        if monotonic() >= self._next:
            self._next = monotonic() + SWEEP_SECONDS
            sweep()


_sweeper = _Sweeper()
