"""Files that arrive in pieces: what may begin, what has come, and what becomes of a file that is complete."""

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
from uploads.documents.outcomes import keep
from uploads.documents.parts import Checksum, PartBody, WrongOffset
from uploads.models import Document, StoredFile

MEGABYTE = 1024 * 1024
# What one person has begun and not finished, and how many people may share an address.
MAX_UNFINISHED, MAX_FILES_UNFINISHED = 10, 5
PEOPLE_PER_ADDRESS = 10
# After the last piece; and before the first one.
EXPIRES, EXPIRES_EMPTY = timedelta(hours=24), timedelta(hours=1)
# While no scanner answers.
EXPIRES_WAITING = timedelta(days=7)
SWEEP_SECONDS = 60.0
SWEEP_MOST = 200

State = Document.State
_UNFINISHED = (State.ARRIVING, State.WAITING)


class TooMany(Failed):
    """Too much of one sender is unfinished already."""

    name, retry = Name.TOO_FAST, 60
    text = "Too many files are unfinished."


class NoRoom(Failed):
    """Too much of all people together is unfinished already."""

    name = Name.TRY_AGAIN
    text = "There is no room for more unfinished files."


class NotTaken(Failed):
    """The operator does not take files of this type."""

    name, status = Name.INVALID, 415
    text = gettext_noop("Files of this type can't be sent.")


class TooLarge(Failed):
    """It has more bytes than a file may have."""

    name = Name.TOO_LONG
    text = "A file has at most %(bytes)d bytes."


class Sender(NamedTuple):
    """`owner`: see counting.owner."""

    owner: str
    address: str


def begin(sender: Sender, client_name: str, size: int) -> Document:
    """A file that begins to arrive. Raises naming.BadName, NotTaken, TooLarge and TooMany."""
    name = naming.clean_name(client_name)
    if not is_taken(name):
        raise NotTaken
    if size > settings.IM66.max_file_bytes:
        raise TooLarge(bytes=settings.IM66.max_file_bytes)
    _sweeper.sweep_sometimes()
    _check_number(sender, size)
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


def is_taken(name: str) -> bool:
    """Whether the operator takes files that are called so."""
    return naming.is_taken(name, settings.IM66.file_types)


def _check_number(sender: Sender, size: int) -> None:
    for field, times in (("owner", 1), ("address", PEOPLE_PER_ADDRESS)):
        begun = Document.objects.filter(state__in=_UNFINISHED, **{field: getattr(sender, field)})
        bytes_ = begun.aggregate(Sum("size"))["size__sum"] or 0
        if begun.count() >= times * MAX_UNFINISHED:
            raise TooMany
        if bytes_ + size > times * MAX_FILES_UNFINISHED * settings.IM66.max_file_bytes:
            raise TooMany


def of(id_: str, owner: str) -> Document | None:
    """The file of that owner; None if there is none."""
    return Document.objects.filter(pk=id_, owner=owner).first()


def offset(document: Document) -> int:
    """How much of it has arrived. Raises parts.Gone."""
    return parts.length(document.pk) if document.state == State.ARRIVING else document.size


def expires(document: Document) -> timedelta:
    """How long it stays after its last piece."""
    return EXPIRES if document.received else EXPIRES_EMPTY


def append(document: Document, body: PartBody, at: int, length: int, checksum: Checksum | None) -> int:
    """The next piece of the file has arrived, of `length` bytes. Returns where the file ends now; if it is
    complete, it is stored, or waits for the scanner. Raises what `parts` raises, and NoRoom."""
    if document.state != State.ARRIVING:
        raise WrongOffset
    with parts.locked(document.pk) as part:
        _check_room(length)
        end = parts.append(part, body, at, document.size, checksum)
        Document.objects.filter(pk=document.pk).update(received=end, touched_at=timezone.now())
        document.received = end
        if end == document.size:
            _complete(document)
    if end == document.size and settings.IM66.file_scanner:
        scanning.wake()  # which needs the lock
    return end


def _check_room(length: int) -> None:
    held = Document.objects.filter(state__in=_UNFINISHED).aggregate(Sum("received"))["received__sum"] or 0
    if held + length > settings.IM66.max_unfinished_mb * MEGABYTE:
        raise NoRoom


def settle(document: Document) -> Document:
    """The file as it is now. If all of it had arrived when its process ended, it is stored now. Raises
    parts.Gone."""
    if document.state == State.ARRIVING and parts.length(document.pk) == document.size:
        with parts.locked(document.pk):
            document.refresh_from_db()
            if document.state == State.ARRIVING:
                _complete(document)
        document.refresh_from_db()
    if document.state == State.WAITING:
        scanning.wake()
    return document


def _complete(document: Document) -> None:
    """The lock is held."""
    if settings.IM66.file_scanner:
        Document.objects.filter(pk=document.pk).update(
            state=State.WAITING, received=document.size, due_at=timezone.now()
        )
    else:
        keep(document)


def remove(document: Document) -> None:
    """Forget what has arrived of it. What is stored stays until nothing refers to it. Raises parts.Held."""
    if document.state == State.CLEAN:
        return
    try:
        with parts.locked(document.pk):
            Document.objects.filter(pk=document.pk).exclude(state=State.CLEAN).delete()
            parts.remove(document.pk)
    except parts.Gone:
        Document.objects.filter(pk=document.pk).exclude(state=State.CLEAN).delete()


def remove_of(owner: str) -> list[str]:
    """Forget what that owner has not finished, and whose the rest is. Returns the ids of the rest."""
    for document in Document.objects.filter(owner=owner).exclude(state=State.CLEAN):
        remove(document)
    left = list(Document.objects.filter(owner=owner).values_list("pk", flat=True))
    Document.objects.filter(owner=owner).update(owner="", address="")
    StoredFile.objects.filter(owner=owner).update(owner="")
    return left


def sweep(most: int = SWEEP_MOST) -> None:
    """Remove what was begun and abandoned, and what is known no more of refused files."""
    now = timezone.now()
    abandoned = Document.objects.filter(
        Q(state__in=(State.ARRIVING, State.INFECTED), touched_at__lt=now - EXPIRES)
        | Q(state=State.ARRIVING, received=0, touched_at__lt=now - EXPIRES_EMPTY)
        | Q(state=State.WAITING, touched_at__lt=now - EXPIRES_WAITING)
    )
    for document in abandoned.order_by("touched_at")[:most]:
        try:
            remove(document)
        except parts.DocumentBusy:
            continue


class _Sweeper:
    _next = 0.0

    def sweep_sometimes(self) -> None:
        if monotonic() >= self._next:
            self._next = monotonic() + SWEEP_SECONDS
            sweep()


_sweeper = _Sweeper()
