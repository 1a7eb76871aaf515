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
    Made,
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

# What may become of an upload, besides the reasons for which it is refused.
STORED, FAILED = "stored", "failed"


def largest(kind: TaskKind) -> int:
    """The maximum number of bytes in a file of this kind."""
    return {
        TaskKind.PICTURE: settings.IM66.max_picture_bytes,
        TaskKind.AVATAR: settings.IM66.max_picture_bytes,
        TaskKind.VOICE: settings.IM66.max_voice_bytes,
        TaskKind.VIDEO: settings.IM66.max_video_bytes,
    }[kind]


async def store(
    upload: TemporaryUploadedFile, kinds: Sequence[TaskKind], owner: str, place: ConversionSlot | None = None
) -> str:
    """Convert `upload` into a file that clients can play or show, and return its stored name. The result has
    the first of `kinds` that the upload can become.

    The same content of the same `owner` again costs only a lookup, also if the first attempt failed. What
    others have uploaded makes no difference: else a name, or the time that it takes, would tell that somebody
    has the very same file.

    `upload` is a file on disk. The caller must hold a place of `places`. If that is `place`, a file that
    takes long waits among the large ones. Raises UploadRejected, and Busy.
    """
    kind, outcome = kinds[0], FAILED
    try:
        kind, format_ = await sync_to_async(examine)(upload, kinds)
        name = await _store(upload, kind, format_, owner, place)
        outcome = STORED
    except UploadRejected as refused:
        kind, outcome = refused.kind or kind, refused.reason.replace(" ", "_")
        raise
    finally:
        outcomes[kind, outcome] += 1
    return name


async def _store(
    upload: TemporaryUploadedFile, kind: TaskKind, format_: Format, owner: str, place: ConversionSlot | None
) -> str:
    try:
        stem = await sync_to_async(_stem)(upload, kind, owner)
        source = _Source(upload.temporary_file_path(), kind, format_, stem, owner)
        return await sync_to_async(_reuse)(stem, owner) or await _convert_in_place(source, place)
    except UploadRejected as refused:
        refused.kind = kind
        raise


async def store_avatar(claim: Claim, upload: TemporaryUploadedFile, owner: str) -> str:
    """Make the picture in `upload` the avatar of the person who makes the claim, and return its stored name.
    Raises as `store`, as `authenticate`, and Forbidden."""
    person = await sync_to_async(authenticate)(claim, Scope.USERS)
    access.may_set_avatar(Actor(muted=person.muted))
    name = await store(upload, [TaskKind.AVATAR], owner)
    await sync_to_async(set_avatar)(person.userid, selectors.media_path(name))
    return name


def examine(upload: TemporaryUploadedFile, kinds: Sequence[TaskKind]) -> tuple[TaskKind, Format]:
    """The kind that the upload will become, and its format. Raises UploadRejected."""
    upload.seek(0)
    head = upload.read(sniffing.HEAD)
    if not head:
        raise UploadRejected(Reason.BROKEN, MessageTemplate.EMPTY)
    format_ = sniffing.sniff(head)
    for kind in kinds:
        if format_ in _FORMATS[kind]:
            assert format_
            _check_bytes(upload, kind)
            return kind, format_
    if sniffing.is_heif(head):
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.HEIF)
    raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.UNSUPPORTED)


def _check_bytes(upload: TemporaryUploadedFile, kind: TaskKind) -> None:
    if (upload.size or 0) > largest(kind):
        raise too_large(kind)


def too_large(kind: TaskKind) -> UploadRejected:
    """The refusal of a file of that kind with too many bytes."""
    return UploadRejected(Reason.TOO_LARGE, _TOO_MANY_BYTES[kind], {"bytes": largest(kind)}, kind=kind)


def _stem(upload: TemporaryUploadedFile, kind: TaskKind, owner: str) -> str:
    upload.seek(0)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    stem = names.stem(settings.SECRET_KEY, f"{kind} of {owner}", digest.digest())
    # Under its old name, everybody who got it before the recall would have it again.
    return secrets.token_hex(names.STEM_LENGTH // 2) if selectors.is_recalled(stem) else stem


def _reuse(stem: str, owner: str) -> str | None:
    """The stored name of the owner's earlier upload of the same content, which counts as used now."""
    stored = selectors.find(stem)
    if stored is None:
        return None
    StoredFile.objects.filter(pk=stem).update(used_at=timezone.now(), owner=owner)
    return stored.name


class _Source(NamedTuple):
    """The file at `path`, of that format; what it is to become, and the stem of the result's name."""

    path: str
    kind: TaskKind
    format: Format
    stem: str
    owner: str


async def _convert_in_place(source: _Source, place: ConversionSlot | None) -> str:
    if place and place.is_quick():
        with suppress(NotQuick):
            return await _convert(source, QUICK_SECONDS)
        await place.wait_among_large(source.kind)
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
        return await sync_to_async(_keep)(source, made, directory)


async def _attempt(task: Task, stem: str) -> Made:
    attempt = attempts.key(TaskKind(task.kind), stem, task.limits)
    await sync_to_async(attempts.check)(attempt)
    try:
        return await conversion.convert(task)
    except UploadRejected as refused:
        # A lack of disk space is not remembered: later uploads are refused before their file is opened.
        if refused.reason != Reason.NO_ROOM:
            await sync_to_async(attempts.note)(attempt, refused, TaskKind(task.kind))
        raise


@contextmanager
def working_directory() -> Iterator[Path]:
    """A directory for one conversion, removed afterwards. It is on the same disk as the local media. Raises
    UploadRejected if the disk has too little space."""
    if disk_space.is_short_for_uploads():
        raise UploadRejected(Reason.NO_ROOM, MessageTemplate.NO_ROOM)
    directory = Path(tempfile.mkdtemp(dir=settings.FILE_UPLOAD_TEMP_DIR))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _keep(source: _Source, made: Made, directory: Path) -> str:
    """Move the results into the storage. Posters and thumbnails go first, so that no file is ever there
    without them."""
    kind, stem = source.kind, source.stem
    if kind == TaskKind.VOICE:
        name = names.voice_name(stem, made.seconds)
    else:
        name = names.sized_name(stem, made.width, made.height, made.extension)
    if kind == TaskKind.VIDEO:
        put(poster_path(directory), names.poster_name(name))
    if kind == TaskKind.AVATAR:
        put(thumbnail_path(directory), names.thumbnail_name(name))
    display = names.display_name(name)
    if display and display_path(directory).stat().st_size:
        put(display_path(directory), display)
    put(main_path(directory, made.extension), name)
    remember(stem, name, source.owner)
    return name


def put(path: Path, name: str) -> None:
    """Move the file at `path` into the storage. Nobody ever sees half of it: on the local disk it is renamed,
    and an object store shows it only when it is complete."""
    with path.open("rb") as file:
        default_storage.save(name, _Movable(file, name=str(path)))


def remember(stem: str, name: str, owner: str = "") -> None:
    """Record that the storage has the file."""
    StoredFile.objects.update_or_create(
        stem=stem, defaults={"name": name, "owner": owner, "used_at": timezone.now()}
    )


class _Movable(File):  # type: ignore[type-arg]
    """A file that Django's local storage moves instead of copying it."""

    def temporary_file_path(self) -> str:
        assert self.name
        return self.name


def thumbnail_of_stored(name: str) -> str:
    """The name of a stored picture's thumbnail, which is made if it does not exist. Raises UploadRejected,
    and the errors of the storage and the database."""
    thumbnail = names.thumbnail_name(name)
    if not default_storage.exists(thumbnail):
        with working_directory() as directory:
            source = directory / "source"
            with default_storage.open(name) as stored, source.open("wb") as copy:
                shutil.copyfileobj(stored, copy)
            _make_thumbnail(source, thumbnail, directory)
    return thumbnail


def thumbnail_of_file(path: Path) -> str:
    """As `thumbnail_of_stored`, for a picture that is not stored."""
    stem = names.stem(settings.SECRET_KEY, TaskKind.THUMBNAIL, hashlib.sha256(path.read_bytes()).digest())
    thumbnail = names.plain_name(stem)
    if not default_storage.exists(thumbnail):
        with working_directory() as directory:
            _make_thumbnail(path, thumbnail, directory)
        remember(stem, thumbnail)
    return thumbnail


def _make_thumbnail(source: Path, thumbnail: str, directory: Path) -> None:
    limits = conversion.limits(TaskKind.THUMBNAIL)
    with attempts.once(TaskKind.THUMBNAIL, thumbnail, limits):
        task = Task(TaskKind.THUMBNAIL, _format_of_picture(source), str(source), str(directory), limits)
        made = conversion.convert_in_thread(task)
        put(main_path(directory, made.extension), thumbnail)


def _format_of_picture(source: Path) -> sniffing.Format:
    with source.open("rb") as file:
        format_ = sniffing.sniff(file.read(sniffing.HEAD))
    if not format_ or format_ not in sniffing.PICTURES:
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.UNSUPPORTED)
    return format_
