"""The child process that opens one uploaded file. The fork server forks it.

It knows neither Django nor the settings nor the database. Before it looks at the file it gives up everything
it does not need: its time and memory are limited, and it keeps only its own folder
(`uploads.worker.confinement`). Whatever the file does to it, only this process can be lost.
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
    Limits,
    Made,
    Reason,
    Task,
    TaskKind,
    UploadRejected,
    beside,
    main_path,
    refusal_to_json,
    result_paths,
)
from uploads.worker.texts import MessageTemplate
from uploads.worker.videos import make_video
from uploads.worker.voice import make_voice

# The name in the task's folder of a source that comes from another folder.
BROUGHT = "source"

# Imported before there is a child, which could not read the project's folder any more.
WORKERS: dict[TaskKind, Callable[[Task], Made]] = {
    TaskKind.VOICE: make_voice,
    TaskKind.PICTURE: make_picture,
    TaskKind.AVATAR: make_avatar,
    TaskKind.THUMBNAIL: make_thumbnail,
    TaskKind.VIDEO: make_video,
    TaskKind.MOSAIC: make_mosaic,
    TaskKind.PREVIEW: make_preview,
}

# What is made of their source holds nothing of it but pixels.
_NOT_SERVED = (TaskKind.MOSAIC, TaskKind.PREVIEW)


def live() -> None:
    """Do the task that comes as a line of input, answer with a line, and end this process."""
    with open(0, closefd=False) as stdin:
        task = Task.from_json(stdin.readline())
    restrict(task.limits, task.quick_seconds)
    try:
        answer = perform(_confined(task), WORKERS[TaskKind(task.kind)]).to_json()
    except UploadRejected as refused:
        answer = refusal_to_json(refused)
    except Exception as error:
        # The libraries raise many kinds of errors for a file that is not what it claims to be.
        answer = refusal_to_json(_refusal(error))
    os.write(1, answer.encode() + b"\n")
    # Skip the libraries' own cleanup, which could hang in a damaged state.
    os._exit(0)


def _refusal(error: Exception) -> UploadRejected:
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.EFBIG:
        return UploadRejected(Reason.TOO_LARGE, MessageTemplate.MEMORY)
    if getattr(error, "errno", None) == errno.ENOSPC:
        return UploadRejected(Reason.NO_ROOM, MessageTemplate.NO_ROOM)
    return UploadRejected(Reason.BROKEN, MessageTemplate.UNREADABLE)


def _enter_folder(task: Task) -> Task:
    """Enter the task's folder, bring its source there if it is in another one, and return the task with paths
    relative to it. Root without capabilities may not pass through other users' folders."""
    os.chdir(task.directory)
    source = Path(task.source)
    is_here = source.parent == Path(task.directory)
    return replace(task, source=source.name if is_here else _brought(source), directory="")


def _brought(source: Path) -> str:
    try:
        Path(BROUGHT).hardlink_to(source)
    except OSError:
        # Not every file system has hard links.
        shutil.copyfile(source, BROUGHT)
    return BROUGHT


def _confined(task: Task) -> Task:
    """Leave this process only the task's folder, in which it can write the result files and no others, so
    that it cannot fill the disk. Return the task with paths relative to that folder."""
    task = _enter_folder(task)
    results = result_paths(TaskKind(task.kind), Path(task.directory))
    for path in results:
        path.touch()
    layers.confine(readable=map(Path, (task.directory, *task.reads)), writable=results)
    return task


def perform(task: Task, make: Callable[[Task], Made]) -> Made:
    """Do the task. Raises UploadRejected, and what the libraries raise."""
    if task.kind not in _NOT_SERVED and is_polyglot(Path(task.source).read_bytes()):
        raise UploadRejected(Reason.UNSUPPORTED, MessageTemplate.POLYGLOT)
    made = make(task)
    directory = Path(task.directory)
    for path in (main_path(directory, made.extension), *beside(TaskKind(task.kind), directory)):
        _settle(path, task.limits)
    return made


def _settle(path: Path, limits: Limits) -> None:
    """Make sure that the result is whole and on the disk before it gets its name, because it is never
    replaced."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        # Not every library notices that its last write was cut short.
        if file.seek(0, os.SEEK_END) >= limits.output_bytes:
            raise UploadRejected(Reason.TOO_LARGE, MessageTemplate.GROWS)
