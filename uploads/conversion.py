"""Runs the child processes that open files, each with a time limit."""

import asyncio
import signal

from django.conf import settings

from uploads import fork_server
from uploads.places import conversion_slot_in_thread
from uploads.worker.tasks import ConversionResult, Limits, Reason, Task, TaskKind, UploadRejected, read_answer
from uploads.worker.texts import MessageTemplate

# A child is killed after this many times its limit of processor time, because it may also wait without using
# the processor.
WALL_TIME_FACTOR = 3
# The niceness of a child, above this process's: a child yields to everything that serves people, and a long
# task yields to a quick one.
NICENESS, LONG_NICENESS = 10, 15
# A page that takes longer to render gets no preview, because other files wait. Most take a tenth of a second.
PREVIEW_SECONDS = 1
# The kinds that may take up to `Limits.encode_seconds`.
ENCODED_KINDS = (TaskKind.VOICE, TaskKind.VIDEO)
# The exit statuses of a child that used up its processor time or the memory; None if its fork server died.
_OUT_OF_RESOURCES = {-signal.SIGXCPU, -signal.SIGKILL, None}
_AVATAR_KINDS = {TaskKind.AVATAR, TaskKind.THUMBNAIL}


def limits(kind: TaskKind) -> Limits:
    """Return the limits for one file of this kind."""
    largest = max(
        settings.IM66.max_voice_bytes, settings.IM66.max_picture_bytes, settings.IM66.max_video_bytes
    )
    longest = settings.IM66.max_voice_seconds if kind == TaskKind.VOICE else settings.IM66.max_video_seconds
    seconds = settings.IM66.media_seconds
    return Limits(
        cpu_seconds=min(seconds, PREVIEW_SECONDS) if kind == TaskKind.PREVIEW else seconds,
        encode_seconds=max(seconds, settings.IM66.media_encode_seconds),
        memory_bytes=settings.IM66.media_memory_mb * 1024 * 1024,
        output_bytes=2 * largest,
        pixels=settings.IM66.max_avatar_pixels if kind in _AVATAR_KINDS else settings.IM66.max_picture_pixels,
        seconds=longest,
    )


def convert_in_thread(task: Task) -> ConversionResult:
    """Have a child process do `task` once a conversion slot is free. Raises UploadRejected.

    This is for threads outside an event loop, and for tasks that no client waits for.
    """
    with conversion_slot_in_thread(TaskKind.MOSAIC):
        return asyncio.run(convert(task))


class NotQuick(Exception):
    """The task took longer than its `quick_seconds`. It may be converted without that limit."""


async def convert(task: Task) -> ConversionResult:
    """Have a child process do `task`. The caller must hold a conversion slot (`uploads.places`).

    Raises UploadRejected, and NotQuick if the task has `quick_seconds` and exceeds them.
    """
    try:
        async with asyncio.timeout(WALL_TIME_FACTOR * _processor_seconds(task)):
            ended = await fork_server.run(NICENESS if task.quick_seconds else LONG_NICENESS, task.to_json())
    except TimeoutError as error:
        # This is wall-clock time, not the child's processor time: the machine may have been busy with other
        # work.
        raise _too_long(passing=True) from error
    if not ended.answer and task.quick_seconds and ended.status == -signal.SIGPROF:
        raise NotQuick
    if not ended.answer and ended.status in _OUT_OF_RESOURCES:
        # The kernel also sends SIGKILL when the machine runs out of memory.
        raise _too_long(passing=ended.status != -signal.SIGXCPU)
    return read_answer(ended.answer)


def _processor_seconds(task: Task) -> int:
    return task.limits.encode_seconds if task.kind in ENCODED_KINDS else task.limits.cpu_seconds


def _too_long(*, passing: bool) -> UploadRejected:
    return UploadRejected(Reason.TOO_LARGE, MessageTemplate.TIME, passing=passing)
