"""The child process that opens one uploaded file: `python -m uploads.worker TASK`.

It knows neither Django nor the settings nor the database. Before it looks at the file it gives up what it
does not need: more time and memory than the file is worth, and all but its folder
(`uploads.worker.confinement`). Whatever the file does to it, all it can cost is this process.
"""

import errno
import os
import resource
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from uploads.worker.confinement import layers
from uploads.worker.sniffing import is_polyglot
from uploads.worker.tasks import (
    NO_ROOM,
    Kind,
    Limits,
    Made,
    Reason,
    Refused,
    Task,
    main_path,
    poster_path,
    refusal_to_json,
    result_paths,
    thumbnail_path,
)

# Behind everything that serves people.
NICENESS = 10
OPEN_FILES = 64
# What a source from elsewhere is called in the task's folder.
BROUGHT = "source"


def main() -> None:
    task = Task.from_json(sys.argv[1])
    # While the project's folder is open to it. Nothing of the file has been looked at yet.
    make = _worker_for(task)
    restrict(task.limits)
    try:
        answer = perform(_confined(task), make).to_json()
    except Refused as refused:
        answer = refusal_to_json(refused)
    except Exception as error:
        # The libraries raise all sorts of things for a file that is not what it says.
        answer = refusal_to_json(_refusal(error))
    sys.stdout.write(answer + "\n")
    sys.stdout.flush()
    # Without the libraries' own tidying up, which a damaged state could hang.
    os._exit(0)


def _refusal(error: Exception) -> Refused:
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.EFBIG:
        return Refused(Reason.TOO_LARGE, "The file takes more memory than one may have.")
    if getattr(error, "errno", None) == errno.ENOSPC:
        return Refused(Reason.NO_ROOM, NO_ROOM)
    return Refused(Reason.BROKEN, "The file cannot be read.")


def restrict(limits: Limits) -> None:
    """Give up, for good, what the task does not need."""
    os.nice(NICENESS)
    for kind, amount in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.output_bytes),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (amount, amount))
    # The first can be raised up to the second.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.encode_seconds))


def _enter_folder(task: Task) -> Task:
    """Go where everything of the task's is, bringing its source if that is elsewhere; the task as it is from
    there. For root without capabilities may not pass through other people's folders."""
    os.chdir(task.directory)
    source = Path(task.source)
    is_here = source.parent == Path(task.directory)
    return replace(task, source=source.name if is_here else _brought(source), directory="")


def _brought(source: Path) -> str:
    try:
        Path(BROUGHT).hardlink_to(source)
    except OSError:
        # Not every file system can do that.
        shutil.copyfile(source, BROUGHT)
    return BROUGHT


def _confined(task: Task) -> Task:
    """Leave this process the task's folder, in which it can write what it is to make, and no other files that
    would fill the disk; the task as it is from there."""
    task = _enter_folder(task)
    results = result_paths(Path(task.directory))
    for path in results:
        path.touch()
    layers.confine(readable=map(Path, (task.directory, *task.reads)), writable=results)
    return task


def perform(task: Task, make: Callable[[Task], Made]) -> Made:
    """Do it. Raises Refused, and what the libraries raise."""
    if task.kind != Kind.MOSAIC and is_polyglot(Path(task.source).read_bytes()):
        raise Refused(Reason.UNSUPPORTED, "The file holds a document of another type.")
    made = make(task)
    _settle(main_path(Path(task.directory), made.extension), task.limits)
    if task.kind == Kind.VIDEO:
        _settle(poster_path(Path(task.directory)), task.limits)
    if task.kind == Kind.AVATAR:
        _settle(thumbnail_path(Path(task.directory)), task.limits)
    return made


def _settle(path: Path, limits: Limits) -> None:
    """See to it that the result is on the disk, whole, before it gets its name: that it is never replaced."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        # Not every library notices that its last write was cut short.
        if file.seek(0, os.SEEK_END) >= limits.output_bytes:
            raise Refused(Reason.TOO_LARGE, "The file becomes too large.")


def _worker_for(task: Task) -> Callable[[Task], Made]:
    # Each only when it is needed: the libraries take longer to load than most files to convert.
    if task.kind == Kind.VOICE:
        from uploads.worker.voice import make_voice

        return make_voice
    if task.kind == Kind.PICTURE:
        from uploads.worker.pictures import make_picture

        return make_picture
    if task.kind == Kind.AVATAR:
        from uploads.worker.avatars import make_avatar

        return make_avatar
    if task.kind == Kind.THUMBNAIL:
        from uploads.worker.avatars import make_thumbnail

        return make_thumbnail
    if task.kind == Kind.VIDEO:
        from uploads.worker.videos import make_video

        return make_video
    from uploads.worker.mosaics import make_mosaic

    return make_mosaic
