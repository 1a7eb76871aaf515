"""The rules of uploads, and their writes."""

import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.utils import timezone

from accounts import access
from accounts.access import Actor
from accounts.authentication.authentication import Claim, authenticate
from accounts.authentication.proofs import Scope
from accounts.services import set_avatar
from uploads import attempts, conversion, disk_space, names, selectors
from uploads.conversion import NotQuick
from uploads.models import StoredFile
from uploads.places import QUICK_SECONDS, ConversionSlot, outcomes
from uploads.worker import sniffing
from uploads.worker.sniffing import Format
from uploads.worker.tasks import (
    ConversionResult,
    Reason,
    Task,
    TaskKind,
    UploadRejected,
    display_path,
    main_path,
    poster_path,
    thumbnail_path,
)
from uploads.worker.texts import MessageTemplate

_FORMATS = {
    TaskKind.PICTURE: sniffing.PICTURES,
    TaskKind.AVATAR: sniffing.PICTURES,
    TaskKind.VOICE: sniffing.VOICES,
    TaskKind.VIDEO: sniffing.VIDEOS,
}
_TOO_MANY_BYTES = {
    TaskKind.PICTURE: MessageTemplate.PICTURE_BYTES,
    TaskKind.AVATAR: MessageTemplate.AVATAR_BYTES,
    TaskKind.VOICE: MessageTemplate.VOICE_BYTES,
    TaskKind.VIDEO: MessageTemplate.VIDEO_BYTES,
}

# The outcomes of an upload, besides the reasons for which it is rejected.
STORED, FAILED = "stored", "failed"


def max_file_bytes(kind: TaskKind) -> int:
    """Return the maximum number of bytes of an uploaded file of this kind."""
    return {
        TaskKind.PICTURE: settings.IM66.max_picture_bytes,
        TaskKind.AVATAR: settings.IM66.max_picture_bytes,
        TaskKind.VOICE: settings.IM66.max_voice_bytes,
        TaskKind.VIDEO: settings.IM66.max_video_bytes,
    }[kind]


async def store(
    upload: TemporaryUploadedFile, kinds: Sequence[TaskKind], owner: str, slot: ConversionSlot | None = None
) -> str:
    """Convert `upload` into a file that clients can play or show, and return its stored name. The result has
    the first of `kinds` that the upload can become.

    The same content of the same `owner` again costs only a lookup, also if the first attempt failed. Uploads
    of other owners make no difference. Otherwise the name or the response time would reveal that another
    person has the same file.

    `upload` is a file on disk. The caller must hold a conversion slot. If that slot is passed as `slot`, a
    file whose conversion takes long moves to the queue of large files. Raises UploadRejected and Busy.
    """
    kind, outcome = kinds[0], FAILED
    try:
        kind, format_ = await sync_to_async(detect_kind)(upload, kinds)
        name = await _store(upload, kind, format_, owner, slot)
        outcome = STORED
    except UploadRejected as refused:
        kind, outcome = refused.kind or kind, refused.reason.replace(" ", "_")
        raise
    finally:
        outcomes[kind, outcome] += 1
    return name


async def _store(
    upload: TemporaryUploadedFile, kind: TaskKind, format_: Format, owner: str, slot: ConversionSlot | None
) -> str:
    try:
        stem = await sync_to_async(_stem)(upload, kind, owner)
        source = _Source(upload.temporary_file_path(), kind, format_, stem, owner)
        return await sync_to_async(_reuse)(stem, owner) or await _convert_in_slot(source, slot)
    except UploadRejected as refused:
        refused.kind = kind
        raise


async def store_avatar(claim: Claim, upload: TemporaryUploadedFile, owner: str) -> str:
    """Make the picture in `upload` the avatar of the person in the claim, and return its stored name.

    Raises the errors of `store` and of `authenticate`, and Forbidden.
    """
    person = await sync_to_async(authenticate)(claim, Scope.USERS)
    access.may_set_avatar(Actor(muted=person.muted))
    name = await store(upload, [TaskKind.AVATAR], owner)
    await sync_to_async(set_avatar)(person.userid, selectors.media_path(name))
    return name


def detect_kind(upload: TemporaryUploadedFile, kinds: Sequence[TaskKind]) -> tuple[TaskKind, Format]:
    """Return the kind that the upload will become, and its format. Raises UploadRejected."""
    upload.seek(0)
    head = upload.read(sniffing.HEAD_BYTES)
    if not head:
        raise UploadRejected(Reason.BROKEN, MessageTemplate.EMPTY)
    format_ = sniffing.sniff(head)
    for kind in kinds:
        if format_ in _FORMATS[kind]:
            assert format_
            if (upload.size or 0) > max_file_bytes(kind):
                raise too_large_error(kind)
            return kind, format_
    if sniffing.is_heif(head):
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.HEIF)
    raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.UNSUPPORTED)


def too_large_error(kind: TaskKind) -> UploadRejected:
    """Return the rejection of a file of that kind with too many bytes."""
    return UploadRejected(Reason.TOO_LARGE, _TOO_MANY_BYTES[kind], {"bytes": max_file_bytes(kind)}, kind=kind)


def _stem(upload: TemporaryUploadedFile, kind: TaskKind, owner: str) -> str:
    upload.seek(0)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    stem = names.stem(settings.SECRET_KEY, f"{kind} of {owner}", digest.digest())
    # Under its old name, the file would be accessible again to everyone who had its URL before the recall.
    return secrets.token_hex(names.STEM_LENGTH // 2) if selectors.is_recalled(stem) else stem


def _reuse(stem: str, owner: str) -> str | None:
    """Return the stored name of the owner's earlier upload of the same content, and mark it as used now."""
    stored = selectors.find_stored(stem)
    if stored is None:
        return None
    StoredFile.objects.filter(pk=stem).update(used_at=timezone.now(), owner=owner)
    return stored.name


class _Source(NamedTuple):
    """An uploaded file: its path and format, the kind that it will become, and the result's stem and
    owner."""

    path: str
    kind: TaskKind
    format: Format
    stem: str
    owner: str


async def _convert_in_slot(source: _Source, slot: ConversionSlot | None) -> str:
    if slot and slot.is_quick():
        with suppress(NotQuick):
            return await _convert(source, QUICK_SECONDS)
        await slot.move_to_large_queue(source.kind)
    return await _convert(source)


async def _convert(source: _Source, quick_seconds: float = 0.0) -> str:
    with working_directory() as directory:
        task = Task(
            kind=source.kind,
            format=source.format,
            source=source.path,
            directory=str(directory),
            limits=conversion.limits(source.kind),
            quick_seconds=quick_seconds,
        )
        made = await _attempt(task, source.stem)
        return await sync_to_async(_move_to_storage)(source, made, directory)


async def _attempt(task: Task, stem: str) -> ConversionResult:
    attempt = attempts.attempt_key(TaskKind(task.kind), stem, task.limits)
    await sync_to_async(attempts.raise_if_failed_before)(attempt)
    try:
        return await conversion.convert(task)
    except UploadRejected as refused:
        # A lack of disk space says nothing about the file, so it is not remembered.
        if refused.reason != Reason.NO_ROOM:
            await sync_to_async(attempts.remember)(attempt, refused, TaskKind(task.kind))
        raise


@contextmanager
def working_directory() -> Iterator[Path]:
    """Yield a directory for one conversion, on the same disk as the local media, and remove it afterwards.

    Raises UploadRejected if the disk has too little space.
    """
    if disk_space.is_short_for_uploads():
        raise UploadRejected(Reason.NO_ROOM, MessageTemplate.NO_ROOM)
    directory = Path(tempfile.mkdtemp(dir=settings.FILE_UPLOAD_TEMP_DIR))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _move_to_storage(source: _Source, made: ConversionResult, directory: Path) -> str:
    """Move the results into the storage, and return the stored name.

    Posters and thumbnails go first, so that no file is ever stored without them.
    """
    kind, stem = source.kind, source.stem
    if kind == TaskKind.VOICE:
        name = names.voice_name(stem, made.seconds)
    else:
        name = names.sized_name(stem, made.width, made.height, made.extension)
    if kind == TaskKind.VIDEO:
        move_to_storage(poster_path(directory), names.poster_name(name))
    if kind == TaskKind.AVATAR:
        move_to_storage(thumbnail_path(directory), names.thumbnail_name(name))
    display = names.display_name(name)
    if display and display_path(directory).stat().st_size:
        move_to_storage(display_path(directory), display)
    move_to_storage(main_path(directory, made.extension), name)
    record_stored(stem, name, source.owner)
    return name


def move_to_storage(path: Path, name: str) -> None:
    """Move the file at `path` into the storage, atomically: a local file is renamed, and an object store
    shows an object only when it is complete."""
    with path.open("rb") as file:
        default_storage.save(name, _Movable(file, name=str(path)))


def record_stored(stem: str, name: str, owner: str = "") -> None:
    """Record in the database that the storage has the file."""
    StoredFile.objects.update_or_create(
        stem=stem, defaults={"name": name, "owner": owner, "used_at": timezone.now()}
    )


class _Movable(File):  # type: ignore[type-arg]
    """A file that Django's local storage moves instead of copying it."""

    def temporary_file_path(self) -> str:
        assert self.name
        return self.name


def thumbnail_of_stored(name: str) -> str:
    """Return the name of a stored picture's thumbnail. Make it if it does not exist.

    Raises UploadRejected, and the errors of the storage and the database.
    """
    thumbnail = names.thumbnail_name(name)
    if not default_storage.exists(thumbnail):
        with working_directory() as directory:
            source = directory / "source"
            with default_storage.open(name) as stored, source.open("wb") as copy:
                shutil.copyfileobj(stored, copy)
            _make_thumbnail(source, thumbnail, directory)
    return thumbnail


def thumbnail_of_file(path: Path) -> str:
    """Like `thumbnail_of_stored`, for a picture file that is not in the storage."""
    stem = names.stem(settings.SECRET_KEY, TaskKind.THUMBNAIL, hashlib.sha256(path.read_bytes()).digest())
    thumbnail = names.unsized_name(stem)
    if not default_storage.exists(thumbnail):
        with working_directory() as directory:
            _make_thumbnail(path, thumbnail, directory)
        record_stored(stem, thumbnail)
    return thumbnail


def _make_thumbnail(source: Path, thumbnail: str, directory: Path) -> None:
    limits = conversion.limits(TaskKind.THUMBNAIL)
    with attempts.remember_failure_of(TaskKind.THUMBNAIL, thumbnail, limits):
        task = Task(TaskKind.THUMBNAIL, _format_of_picture(source), str(source), str(directory), limits)
        made = conversion.convert_in_thread(task)
        move_to_storage(main_path(directory, made.extension), thumbnail)


def _format_of_picture(source: Path) -> sniffing.Format:
    with source.open("rb") as file:
        format_ = sniffing.sniff(file.read(sniffing.HEAD_BYTES))
    if not format_ or format_ not in sniffing.PICTURES:
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.UNSUPPORTED)
    return format_
