"""The child process that opens one uploaded file. The fork server forks it.

It uses neither Django nor the settings nor the database. Before it opens the file, it gives up everything
that it does not need: its time and memory are limited, and it can access only its own folder
(`uploads.worker.confinement`). A malicious file can harm only this process.
"""

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from uploads.worker.avatars import make_avatar, make_thumbnail
from uploads.worker.budget import restrict
from uploads.worker.confinement import layers
from uploads.worker.mosaics import make_mosaic
from uploads.worker.pictures import make_picture, make_preview
from uploads.worker.sniffing import is_polyglot
from uploads.worker.tasks import (
    ConversionResult,
    Limits,
    Reason,
    Task,
    TaskKind,
    UploadRejected,
    companion_paths,
    main_path,
    refusal_to_json,
    result_paths,
)
from uploads.worker.texts import MessageTemplate
from uploads.worker.videos import make_video
from uploads.worker.voice import make_voice

# The name in the task's folder of a source that was linked or copied from another folder.
IMPORTED_SOURCE = "source"

# Imported in the fork server, because a confined child can no longer read the project's folder.
CONVERTERS: dict[TaskKind, Callable[[Task], ConversionResult]] = {
    TaskKind.VOICE: make_voice,
    TaskKind.PICTURE: make_picture,
    TaskKind.AVATAR: make_avatar,
    TaskKind.THUMBNAIL: make_thumbnail,
    TaskKind.VIDEO: make_video,
    TaskKind.MOSAIC: make_mosaic,
    TaskKind.PREVIEW: make_preview,
}

# The results of these kinds hold only pixels of their source, so the source may be a polyglot.
_PIXELS_ONLY = (TaskKind.MOSAIC, TaskKind.PREVIEW)


def live() -> None:
    """Read a task from one line of input, do it, write the answer as one line, and exit."""
    with open(0, closefd=False) as stdin:
        task = Task.from_json(stdin.readline())
    restrict(task.limits, task.quick_seconds)
    try:
        answer = perform(_confine(task), CONVERTERS[TaskKind(task.kind)]).to_json()
    except UploadRejected as refused:
        answer = refusal_to_json(refused)
    except Exception as error:
        # The libraries raise many kinds of errors for a file that is not what it claims to be.
        answer = refusal_to_json(_refusal(error))
    os.write(1, answer.encode() + b"\n")
    # Skip the libraries' cleanup, which could hang in a damaged state.
    os._exit(0)


def _refusal(error: Exception) -> UploadRejected:
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.EFBIG:
        return UploadRejected(Reason.TOO_LARGE, MessageTemplate.MEMORY)
    if getattr(error, "errno", None) == errno.ENOSPC:
        return UploadRejected(Reason.NO_ROOM, MessageTemplate.NO_ROOM)
    return UploadRejected(Reason.BROKEN, MessageTemplate.UNREADABLE)


def _enter_folder(task: Task) -> Task:
    """Change to the task's folder, and link the source into it if it is in another folder.

    Return the task with relative paths: root without capabilities may not traverse other users' folders.
    """
    os.chdir(task.directory)
    source = Path(task.source)
    is_here = source.parent == Path(task.directory)
    return replace(task, source=source.name if is_here else _import_source(source), directory="")


def _import_source(source: Path) -> str:
    try:
        Path(IMPORTED_SOURCE).hardlink_to(source)
    except OSError:
        # Not every file system has hard links.
        shutil.copyfile(source, IMPORTED_SOURCE)
    return IMPORTED_SOURCE


def _confine(task: Task) -> Task:
    """Restrict this process to reading the task's folder and writing the task's result files.

    So it cannot fill the disk with other files. Return the task with paths relative to the folder.
    """
    task = _enter_folder(task)
    results = result_paths(TaskKind(task.kind), Path(task.directory))
    for path in results:
        path.touch()
    layers.confine(readable=map(Path, (task.directory, *task.reads)), writable=results)
    return task


def perform(task: Task, make: Callable[[Task], ConversionResult]) -> ConversionResult:
    """Do the task with `make`. Raises UploadRejected, and the libraries' errors."""
    if task.kind not in _PIXELS_ONLY and is_polyglot(Path(task.source).read_bytes()):
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.POLYGLOT)
    made = make(task)
    directory = Path(task.directory)
    for path in (main_path(directory, made.extension), *companion_paths(TaskKind(task.kind), directory)):
        _check_written(path, task.limits)
    return made


def _check_written(path: Path, limits: Limits) -> None:
    """Sync the result to the disk, and check its size.

    This must happen before the result gets its final name, because stored files are never replaced.
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())
        # RLIMIT_FSIZE truncates the last write at this size, and not every library notices.
        if file.seek(0, os.SEEK_END) >= limits.output_bytes:
            raise UploadRejected(Reason.TOO_LARGE, MessageTemplate.GROWS)
